"""A program with the real screens and the stand-in desk: `python stand_in_desk.py FOLDER [what]...`.

A payment waits until FOLDER/go exists and leaves FOLDER/paid behind. `hostile` gives every third-party string an escape
sequence, `drain=S` sets how long leaving waits, `crash` makes the screens fall over on F5.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from screens.home import Home
from screens.run import run
from tellerdesk.journal.states import Word
from tests.screens.stand_in import StandIn, front
from tests.screens.test_hostile_text import _hostile_desk

HOSTILE = "\x1b]0;OWNED\x07\x1b]52;c;T1dORUQ=\x07\x1b[2J\x9b31m\u202eEVIL[@click=app.quit]x[/]"


def _waiting(desk: StandIn, folder: Path) -> StandIn:
    pay = desk.pay

    def slow(*args: Any, **kwargs: Any) -> Any:
        (folder / "begun").touch()
        while not (folder / "go").exists():
            time.sleep(0.01)
        made = pay(*args, **kwargs)
        (folder / "paid").touch()
        return made

    desk.pay = slow  # type: ignore[method-assign]
    return desk


def _fall_over(_home: Home) -> None:
    pin = "SECRETPIN9876"
    raise RuntimeError(pin)


def main() -> int:
    folder, *what = sys.argv[1:]
    desk = _hostile_desk(HOSTILE, Word.PAID) if "hostile" in what else StandIn()
    if "crash" in what:
        Home.action_again = _fall_over  # type: ignore[method-assign]
    drain_s = next((float(each.removeprefix("drain=")) for each in what if each.startswith("drain=")), 20.0)
    return run(front(), lambda: _waiting(desk, Path(folder)), drain_s=drain_s)


if __name__ == "__main__":
    raise SystemExit(main())
