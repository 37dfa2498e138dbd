#!/usr/bin/env python3
"""Tests and builds the Python client: develop.py test [ARGUMENTS OF PYTEST] | build

Makes a virtual environment under .build with the versions of tests/requirements.txt. The tests of
the client alone need no library: PYTHONPATH=src python3 -m unittest discover tests
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PLACE = ROOT / ".build" / "python-venv"
OUTPUT = ROOT / ".build" / "python"
REQUIREMENTS = HERE / "tests" / "requirements.txt"


# The suites of others that are passed, which are named with their versions.
SUITES = ("dbapi-compliance", "langchain", "haystack", "llama-index", "mcp")


def wanted() -> list[str]:
    """The lines of the requirements."""
    lines = (line.strip() for line in REQUIREMENTS.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def interpreter() -> str:
    """That of the environment, which is made anew when the requirements have changed."""
    python = PLACE / "bin" / "python"
    stamp = PLACE / "installed.txt"
    if python.exists() and stamp.exists() and stamp.read_text().split("\n") == wanted():
        return str(python)
    shutil.rmtree(PLACE, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", str(PLACE)]).returncode != 0:
        raise SystemExit("No virtual environment. On Debian: apt-get install python3-venv")
    print("Installing what the tests of the Python client need", file=sys.stderr, flush=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*command, "-r", str(REQUIREMENTS)]).returncode != 0:
        raise SystemExit("The Python client was not tested: see the messages of pip above.")
    stamp.write_text("\n".join(wanted()))
    return str(python)


def test(arguments: list[str]) -> int:
    """Types, then tests against the server that was built."""
    python = interpreter()
    environment = {**os.environ, "PYTHONPATH": str(HERE / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    cache = str(ROOT / ".build" / "mypy-cache")
    types = [python, "-m", "mypy", "--no-error-summary", "--cache-dir", cache]
    if subprocess.run(types, cwd=HERE, env=environment).returncode != 0:
        return 1
    print("With", ", ".join(line for line in wanted() if line.startswith(SUITES)), flush=True)
    command = [python, "-m", "pytest", "-q", *arguments]
    return subprocess.run(command, cwd=HERE, env=environment).returncode


def build() -> int:
    """A wheel and a source archive."""
    python = interpreter()
    copy = OUTPUT / "source"
    shutil.rmtree(OUTPUT, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(HERE, copy, ignore=ignored)
    shutil.copy(ROOT / "LICENSE", copy)
    command = [python, "-m", "build", "--no-isolation", "--outdir", str(OUTPUT), str(copy)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL)
    shutil.rmtree(copy)
    for path in sorted(OUTPUT.glob("*")):
        print(path.relative_to(ROOT))
    return done.returncode


if __name__ == "__main__":
    if sys.argv[1:2] == ["test"]:
        raise SystemExit(test(sys.argv[2:]))
    if sys.argv[1:] == ["build"]:
        raise SystemExit(build())
    raise SystemExit(__doc__)
