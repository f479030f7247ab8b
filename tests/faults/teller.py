"""python -m faults.teller ...: one customer served by a program that may be killed at a step. See `spawning`."""

from __future__ import annotations

import argparse
from pathlib import Path

from faults.case import Case
from faults.flows import Scene, flows
from faults.fork import Steps
from faults.foundation import signed_on
from receipts.renderer import PdfRenderer
from tellerdesk import config
from tellerdesk.desk import Desk
from tellerdesk.sandbox.switches import Switches


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--case", type=Case.parse, required=True)
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--consumer-no", required=True)
    parser.add_argument("--control", required=True)
    parser.add_argument("--steps-to", type=int, required=True, help="the handle the steps are written to")
    given = parser.parse_args()
    hook = Steps(given.steps_to, given.case.stop, {})
    desk = Desk(config.load(given.folder), renderer=PdfRenderer(), hook=hook)
    scene = Scene(
        desk,
        *signed_on(given.folder),
        given.consumer_no,
        f"case-{given.number}",
        Switches(given.control),
        given.case.course,
    )
    flows()[given.case.flow].act(scene)


if __name__ == "__main__":
    main()
