"""The installed command in a process of its own, beside a server in ours."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process

COMMAND = (sys.executable, "-m", "sheetsync")
_OWN = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}


def environment(connect_to: str) -> dict[str, str]:
    """What a command on loopback needs: where the platform is, and no politeness delays there."""
    return _OWN | {"SHEETSYNC_CONNECT_TO": connect_to, "SHEETSYNC_PACE": "0"}


async def start(connect_to: str, *arguments: str) -> Process:
    """Start the command."""
    return await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, env=environment(connect_to), stdout=PIPE, stderr=PIPE
    )


async def ended(connect_to: str, *arguments: str) -> tuple[int | None, str, str]:
    """Run the command to its end: exit code, stdout, stderr."""
    process = await start(connect_to, *arguments)
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()
