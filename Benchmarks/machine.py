"""Under which circumstances a run took place."""
from __future__ import annotations

import datetime
import os
import platform
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from environment import ROOT


@dataclass(frozen=True)
class Circumstances:
    cpu: str
    cores: int
    system: str
    date: str
    commit: str
    command: str
    load: float  # processes that wanted a core when the run began

    @staticmethod
    def now() -> Circumstances:
        return Circumstances(
            cpu=_cpu(),
            cores=os.cpu_count() or 1,
            system=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            date=datetime.date.today().isoformat(),
            commit=_commit(),
            command=_command(),
            load=round(os.getloadavg()[0], 1))

    def sentence(self) -> str:
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        return f"{self.cpu}, {cores}, {self.date}, commit {self.commit}"


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return _told("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    fields: dict[str, str] = {}
    for line in info.read_text().splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    flags = fields.get("flags", "").split()
    # Which vector instructions it has settles more than its name.
    widest = [name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags]
    return " with ".join([fields.get("model name", platform.machine()), *widest[:1]])


def _commit() -> str:
    commit = _told("git", "rev-parse", "--short", "HEAD") or "unknown"
    changed = _told("git", "status", "--porcelain", "--untracked-files=no")
    return f"{commit} with changes" if changed else commit


def _command() -> str:
    script = os.path.relpath(os.path.abspath(sys.argv[0]), ROOT)
    # Where somebody keeps his files says nothing to others.
    arguments = [Path(a).name if os.path.isabs(a) else a for a in sys.argv[1:]]
    return shlex.join(["python3", script, *arguments])


def _told(*command: str) -> str:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except FileNotFoundError:
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""
