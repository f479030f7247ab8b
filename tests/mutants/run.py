"""Sows each defect into a copy of the sources and sees who notices: `python -m tests.mutants.run`.

Prints a table and exits with 1 where a defect went unnoticed, or where the copy without any defect does not pass.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.mutants.patches import MUTANTS, SETS, Mutant, apply

ROOT = Path(__file__).parents[2]
COPIED = ("tellerdesk", "screens", "receipts", "tests", "docs", "pyproject.toml")
LONGEST_S = 600
AT_ONCE = max(1, min(os.cpu_count() or 1, 4))

PASSED, FAILED = 0, 1
"""pytest's exit codes that mean something here; any other is a copy that does not work."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one set of tests said of one copy."""

    set_name: str
    code: int
    first: str
    """the first test that failed"""
    seconds: float


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", default="", metavar="WORDS", help="defects whose name has these words")
    parser.add_argument("--unchanged", action="store_true", help="also see that the sources as they are pass")
    options = parser.parse_args(arguments)
    chosen = [mutant for mutant in MUTANTS if options.only in mutant.name]
    began = time.monotonic()
    well = not options.unchanged or _unchanged_passes(chosen)
    survived = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for mutant, verdicts in zip(chosen, pool.map(tried, chosen), strict=True):
            survived += not _all_noticed(verdicts)
            _print(mutant.name, verdicts)
    noticed = len(chosen) - survived
    print(f"{noticed} of {len(chosen)} defects noticed, {time.monotonic() - began:.0f} s")
    return 0 if well and not survived else 1


def tried(mutant: Mutant) -> list[Verdict]:
    """Each of its sets on a copy with the defect."""
    with tempfile.TemporaryDirectory(prefix="tellerdesk-mutant-") as folder:
        copy = copied(Path(folder))
        apply(mutant, copy)
        return [run_set(copy, name) for name in mutant.caught_by]


def copied(folder: Path) -> Path:
    """A copy of the sources and tests that does not touch this tree."""
    skip = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=skip)
        else:
            shutil.copyfile(source, folder / name)
    return folder


def run_set(copy: Path, name: str) -> Verdict:
    """The set's tests on a copy, up to the first failure. Raises RuntimeError where not the copy would be tested."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    run = partial(subprocess.run, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    whose = run([sys.executable, "-c", "import tellerdesk; print(tellerdesk.__file__)"])
    if not whose.stdout.startswith(str(copy)):
        raise RuntimeError(f"not the copy: {whose.stdout}{whose.stderr}")
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-x", "-q", "--no-header", "--tb=line"]
    try:
        ended = run([*command, "-k", "not postgresql", *SETS[name]], timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return Verdict(name, -1, "too long", LONGEST_S)
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", ended.stdout, re.MULTILINE)
    first = failed[1].rpartition("::")[2] if failed else ended.stdout.strip().splitlines()[-1][:80]
    return Verdict(name, ended.returncode, first, time.monotonic() - began)


def _unchanged_passes(mutants: Iterable[Mutant]) -> bool:
    needed = sorted({name for mutant in mutants for name in mutant.caught_by})
    with tempfile.TemporaryDirectory(prefix="tellerdesk-mutant-") as folder:
        copy = copied(Path(folder))
        verdicts = [run_set(copy, name) for name in needed]
    _print("the sources as they are", verdicts)
    return all(verdict.code == PASSED for verdict in verdicts)


def _all_noticed(verdicts: list[Verdict]) -> bool:
    return all(verdict.code == FAILED for verdict in verdicts)


def _print(title: str, verdicts: list[Verdict]) -> None:
    words = {PASSED: "passed", FAILED: "noticed"}
    for place, verdict in enumerate(verdicts):
        said = words.get(verdict.code, f"BROKEN ({verdict.code})")
        name = title if place == 0 else ""
        print(f"{name:<62} {verdict.set_name:<11} {said:<8} {verdict.seconds:5.1f} s  {verdict.first}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
