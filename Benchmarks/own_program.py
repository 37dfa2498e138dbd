"""Our own program: what it printed, and what went wrong."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path

from data import DataSet
from peers import Settings
from results import Result


def printed(
    program: Path, words: list[str], settings: Settings
) -> tuple[list[Result], str | None]:
    """The lines of JSON, and why there are no more of them."""
    try:
        ended = subprocess.run(
            [str(program), *words, "--json"], capture_output=True, text=True,
            timeout=settings.timeout_s)
    except FileNotFoundError:
        return [], f"{program.name} is not built"
    except subprocess.TimeoutExpired:
        return [], f"not finished after {settings.timeout_s} s"
    try:
        lines = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    except json.JSONDecodeError as error:
        return [], f"no proper JSON: {error}"[:300]
    if ended.returncode == 0 and lines:
        return lines, None
    said = (ended.stderr.strip() or ended.stdout.strip() or "nothing").splitlines()[0]
    return lines, f"status {ended.returncode}, it said: {said}"[:300]


def asking(data: DataSet, settings: Settings) -> list[str]:
    """The options of a form that searches the rows of a file for the queries of another."""
    return [
        "--base", str(data.base), "--queries", str(data.queries), "--metric", data.metric,
        "--k", str(settings.k)]
