"""What was approved is begun once, whoever presses the key how often; and what is told where that failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.errors import Conflict, Refused, StoreUnavailable, TamperFound
from tellerdesk.journal.runner import Held
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UNSURE, Store

T = TypeVar("T")


def begun(
    store: Store,
    book: ApprovalBook,
    who: SignedOn,
    serial: str,
    *,
    begin: Callable[[], Held | None],
    still_waits: Callable[[], bool],
    refusal: str,
) -> Held | None:
    """What `begin` gives: the entry under lease, to be driven. None where the entry does not wait for its approval any
    more, whoever was first.

    Raises what `begin` raises; nothing has moved then. What is not what was approved is audited, in the unit of work
    named `refusal`.
    """
    try:
        return begin()
    except TamperFound as error:
        with store.write(refusal) as unit:
            book.note_refusal(unit, serial, who.staff_no, error.message_id)
            unit.commit()
        raise
    except (Conflict, Refused):
        if still_waits():
            raise
        return None  # another press of the key, or its end, came between


def looked_up(error: StoreUnavailable, look: Callable[[], T], serial: str, *, unsure: str, not_begun: str) -> T:
    """After the store failed the intent of what was approved. Where only the answer was lost and the intent stands,
    nothing was sent and recovery settles it: what `look` shows is told.

    Raises StoreUnavailable saying that nothing moved (`not_begun`), or that this is not known (`unsure`).
    """
    if error.message_id == UNSURE:
        try:
            return look()
        except StoreUnavailable as worse:
            raise StoreUnavailable(unsure, serial=spoken(serial)) from worse
    raise StoreUnavailable(not_begun, serial=spoken(serial)) from error
