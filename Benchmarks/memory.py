"""What a process holds in memory, files that it merely maps left out."""
from __future__ import annotations

import ctypes
import gc
import os
import subprocess
from pathlib import Path


def resident_mb(process: int | None = None) -> float:
    """Of this process, after it gave back what the allocator only keeps for later; or another."""
    if process is None:
        _give_back()
        process = os.getpid()
    status = Path(f"/proc/{process}/status")
    if status.exists():
        fields = (line.split() for line in status.read_text().splitlines())
        held = {words[0]: int(words[1]) for words in fields if words[-1] == "kB"}
        parts = ("RssAnon:", "RssShmem:", "HugetlbPages:")
        return sum(held.get(part, 0) for part in parts) / 1024
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


def _give_back() -> None:
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        pass  # not glibc
