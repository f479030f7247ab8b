"""A biller somebody brings: played from its catalogue file alone, so that the file can be tried."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from tellerdesk.errors import BadSetup
from tellerdesk.sandbox.profiles import CAPABILITIES, Owed, Profile, Takes

_OWED_FEN = (4_310, 5_270)
_HELD_FEN = 2_600


def guest(code: str, path: Path) -> Profile:
    """The biller of a catalogue file. Its example consumer is its only one, and owes two months, or may be topped up.

    Hours of service are ignored. Raises BadSetup where the file cannot be read or lacks something.
    """
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        example = str(table["consumer"]["example"])
        amount = table["amount"]
        takes = Takes(amount["rule"])
        accounts = table["accounts"]
        able = {"cancel": False, **table["capabilities"]}
        return Profile(
            name=code,
            code=code,
            title=str(table["name"]["en"]),
            prefix="GB",
            item=str(table["item"]["zh_CN"]),
            takes=takes,
            number=lambda _index: example,
            consumers=1,
            owes=_owes_nothing if takes is Takes.FREE else _owes_two_months,
            balance_fen=lambda _index: _HELD_FEN if takes is Takes.FREE else 0,
            unable=frozenset(name for name in CAPABILITIES if not able[name]),
            least_fen=int(amount.get("min_fen", 1)),
            most_fen=int(amount.get("max_fen", 10**12)),
            step_fen=int(amount.get("step_fen", 1)),
            codes=tuple(str(one) for one in table["refusals"]["codes"]),
            accounts=(str(accounts["internal"]), str(accounts["settlement"])),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise BadSetup("error.sandbox.guest", path=str(path), reason=reason) from None


def _owes_nothing(_index: int, _today: date) -> Owed:
    return []


def _owes_two_months(_index: int, today: date) -> Owed:
    months = [divmod(today.year * 12 + today.month - 1 - back, 12) for back in (2, 1)]
    return [(f"{year:04d}-{month + 1:02d}", fen) for (year, month), fen in zip(months, _OWED_FEN, strict=True)]
