"""``sheetsync platforms``."""

from pathlib import Path

import click

from sheetsync.options import config_options, examples, settings_of


@click.command("platforms", epilog=examples("platforms", "platforms --platforms my-platforms"))
@config_options
def list_platforms(config: Path | None, platforms: Path | None) -> None:
    """What can be followed.

    Read from the platform files: each platform, what people may type, and the fields it gives.
    """
    from sheetsync import report as reports
    from sheetsync.platform_file import load_platforms

    settings = settings_of(config, None, platforms)
    reports.show([reports.as_platforms(load_platforms(Path(settings.platforms) if settings.platforms else None))])
