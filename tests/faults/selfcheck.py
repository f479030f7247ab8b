"""python -m faults.selfcheck [NAME ...]: tries the harness on desks with one defect each, all of them where none is
named, and says by which rule it found them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from support.folders import quick_folder

from faults.broken import BROKEN
from faults.flows import flows
from faults.fork import in_a_child
from faults.foundation import Foundation, keep_statements_compiled
from faults.house import House
from faults.trial import Trials
from tellerdesk.sandbox.config import ELECTRICITY


def main() -> int:
    folder = quick_folder()
    keep_statements_compiled()
    missed = 0
    try:
        foundation = Foundation(folder / "foundation", ELECTRICITY)
        for name in sys.argv[1:] or BROKEN:
            defect = BROKEN[name]
            outcome = in_a_child(lambda _hook: _tried(name, folder / name, foundation), None)  # noqa: B023
            rules = outcome.told or []
            found = defect.rule in rules
            missed += not found
            print(f"{'found' if found else 'MISSED'} {name}: {', '.join(rules) or outcome.error or 'nothing broken'}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if missed else 0


def _tried(name: str, folder: Path, foundation: Foundation) -> list[str]:
    """The rules a desk with the defect breaks in the case that tells."""
    defect = BROKEN[name]
    defect.build_in()
    house = House(folder, foundation)
    try:
        trials = Trials(house, flows()[defect.case.flow])
        trials.warm_up()
        return [rule for rule, _ in trials.run(defect.case).violations]
    finally:
        house.close()


if __name__ == "__main__":
    sys.exit(main())
