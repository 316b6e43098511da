"""Fuzzing, guided by coverage: ``make fuzz``, or ``python tests/fuzz/fuzz.py [--seconds N] [TARGET]...``.

Each target runs in a process of its own, from the corpus in this folder and what earlier runs have found to be new. An
input that breaks a promise is written to ``.cache/fuzz``; once mended it goes into ``findings``, which every test run
reads. It needs atheris, which is not built for every Python: `make fuzz` says so.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
CACHE = ROOT / ".cache" / "fuzz"


def fuzz(name: str, arguments: list[str]) -> None:
    """Feed a target for as long as libFuzzer's arguments say. Never returns."""
    import atheris  # noqa: PLC0415 - the parent process does without

    with atheris.instrument_imports(include=["sheetsync", "jmespath"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - only what is imported here is watched
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name].feed)
    atheris.Fuzz()


def run(name: str, seconds: int, limit: int) -> tuple[bool, str]:
    """Fuzz one target in a process of its own; whether it held, and what libFuzzer says of it."""
    grown = CACHE / name
    grown.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-timeout={limit}", "-rss_limit_mb=2048", "-max_len=20000"]
    folders = [
        str(grown),
        *(str(folder) for folder in (HERE / "corpus" / name, HERE / "findings" / name) if folder.is_dir()),
    ]
    command = [sys.executable, __file__, "--child", name, *limits, f"-artifact_prefix={CACHE}/{name}-", *folders]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603
    done = re.search(r"Done (\d+) runs in (\d+) second", ended.stderr)
    if ended.returncode == 0 and done:
        return True, f"{int(done[1]):>9,} inputs in {int(done[2]):,} s, no finding"
    said = re.findall(r"ERROR: .*|Test unit written to .*", ended.stderr) or [ended.stderr[-2000:]]
    return False, "\n  ".join(["a finding", *ended.stdout.strip().splitlines()[-6:], *said])


def main() -> int:
    """Fuzz the targets that are named, or all."""
    sys.path.insert(0, str(ROOT))
    if sys.argv[1:2] == ["--child"]:
        fuzz(sys.argv[2], sys.argv[3:])
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - the child must import it under watch

    parser = argparse.ArgumentParser(description="Feed what no test thought of.")
    parser.add_argument("--seconds", type=int, default=60, help="how long each target is fed")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    asked = parser.parse_args()
    if unknown := set(asked.targets) - TARGETS.keys():
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    held = True
    for name in asked.targets or TARGETS:
        well, said = run(name, asked.seconds, TARGETS[name].seconds)
        held &= well
        sys.stdout.write(f"{name:<14}{said}\n")
        sys.stdout.flush()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
