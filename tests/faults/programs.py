"""Runs the harness as a program of its own: a test process has threads, and a process with threads must not fork."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def harness(module: str, *given: str) -> tuple[int, str]:
    """`python -m faults.<module> ...`: its exit code and all it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    program = subprocess.run(
        [sys.executable, "-m", f"faults.{module}", *given],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return program.returncode, program.stdout
