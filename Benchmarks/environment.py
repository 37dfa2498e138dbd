"""The virtual environment of the comparison: the peers in the versions of requirements.txt."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".build" / "bench-venv"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def requirements() -> list[str]:
    lines = (line.strip() for line in REQUIREMENTS.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def is_active() -> bool:
    return Path(sys.prefix).resolve() == PLACE.resolve()


def prepare() -> Path:
    """Its interpreter. Installs what changed; a peer that cannot be installed is only told of."""
    python = PLACE / "bin" / "python"
    installed = PLACE / "installed.txt"
    wanted = requirements()
    if python.exists() and installed.exists() and installed.read_text().split() == wanted:
        return python
    if not python.exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(PLACE)])
        if made.returncode != 0:
            raise SystemExit(
                "No virtual environment. On Debian: apt-get install python3-venv python3-dev")
    done: list[str] = []
    for requirement in wanted:
        print(f"Installing {requirement}", file=sys.stderr, flush=True)
        command = [str(python), "-m", "pip", "install", "--quiet", requirement]
        if subprocess.run(command).returncode == 0:
            done.append(requirement)
        elif requirement.startswith("numpy"):
            raise SystemExit("Nothing can be measured without numpy; see the messages above.")
        else:
            print(f"{requirement} stays away; the others are measured", file=sys.stderr)
    # A failure leaves its line out, so that the next run tries again.
    installed.write_text("\n".join(done) + "\n")
    return python
