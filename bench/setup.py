"""Makes ``.cache/bench``: an environment with sheetsync as people install it, and what it is compared with.

Run it with the Python of ``.venv``, which can build the wheel.
"""

import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "bench" / "requirements.lock"
ENVIRONMENT = ROOT / ".cache" / "bench"
WHEELS = ROOT / ".cache" / "bench-wheel"


def main() -> None:
    """Install what is missing; sheetsync itself is installed anew each time."""
    ready = ENVIRONMENT / "ready"
    wanted = sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if not ready.is_file() or ready.read_text() != wanted:
        print("Setting up .cache/bench (once, about a minute) ...", flush=True)
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
        _install("--require-hashes", "--requirement", str(LOCK))
    _install("--no-deps", "--no-index", "--force-reinstall", str(_wheel()))
    ready.write_text(wanted)


def _wheel() -> Path:
    for old in WHEELS.glob("*.whl"):
        old.unlink()
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(WHEELS)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(WHEELS.glob("*.whl"))


def _install(*arguments: str) -> None:
    pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*pip, *arguments], check=True)


if __name__ == "__main__":
    main()
