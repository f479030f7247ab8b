"""Faults by the names tests use, and the steps a payment goes through under each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tellerdesk.demo.plan import BILLER
from tellerdesk.desk import CORE
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.steps import StepHook, no_hook
from tests.stateful.branch import Branch
from tests.stateful.conservation import effects, flaws
from tests.stateful.wire import Fault

FAULTS: dict[str, Fault] = {
    "lost": Fault(Processed.NO, AnswerWay.TIMEOUT),
    "unheard": Fault(Processed.YES, AnswerWay.TIMEOUT),
    "refused": Fault(Processed.NO, AnswerWay.REJECT),
    "unsent": Fault(Processed.NO, AnswerWay.REFUSED),
    "overtaken": Fault(Processed.LATE, AnswerWay.TIMEOUT, arrives_after=1),
    "under way": Fault(Processed.LATE, AnswerWay.TIMEOUT),
    "unheard, and taken over": Fault(Processed.YES, AnswerWay.TIMEOUT, meanwhile=True),
    "lost, and taken over": Fault(Processed.NO, AnswerWay.TIMEOUT, meanwhile=True),
    "under way, and taken over": Fault(Processed.LATE, AnswerWay.TIMEOUT, meanwhile=True),
    "answered after it was taken over": Fault(Processed.YES, AnswerWay.VALID, meanwhile=True),
    "overtaken twice": Fault(Processed.LATE, AnswerWay.TIMEOUT, arrives_after=2),
    "under way, and an error": Fault(Processed.LATE, AnswerWay.STATUS_5XX, arrives_after=3),
    "delivered twice": Fault(Processed.TWICE, AnswerWay.VALID),
    "delivered twice, unheard": Fault(Processed.TWICE, AnswerWay.TIMEOUT),
    "slow": Fault(Processed.YES, AnswerWay.VALID, takes_s=61),
    "slow, unheard": Fault(Processed.YES, AnswerWay.TIMEOUT, takes_s=61),
    "not now": Fault(Processed.NO, AnswerWay.STATUS_4XX),
    "under way, and a stranger says yes": Fault(Processed.LATE, AnswerWay.VALID),
    "lost, and a stranger says yes": Fault(Processed.NO, AnswerWay.VALID),
    "done, and a stranger says no": Fault(Processed.YES, AnswerWay.REJECT),
    "lost, and an error": Fault(Processed.NO, AnswerWay.STATUS_5XX),
    "done, and an error": Fault(Processed.YES, AnswerWay.STATUS_5XX),
    "lost, and garbage": Fault(Processed.NO, AnswerWay.GARBAGE),
    "done, and garbage": Fault(Processed.YES, AnswerWay.GARBAGE),
    "done, and no JSON": Fault(Processed.YES, AnswerWay.WRONG_TYPE),
    "lost, and an answer to another id": Fault(Processed.NO, AnswerWay.OTHER_ID),
    "done, and an answer to another id": Fault(Processed.YES, AnswerWay.OTHER_ID),
    "lost, and a yes to another amount": Fault(Processed.NO, AnswerWay.OTHER_AMOUNT),
    "done, and a yes to another amount": Fault(Processed.YES, AnswerWay.OTHER_AMOUNT),
}
"""What happens to a message. What differs on a real socket only (drips, bombs, cuts) all ends as a timeout; an answer
the counterpart would not give truthfully comes unsigned."""
LOST, UNHEARD, REFUSED = FAULTS["lost"], FAULTS["unheard"], FAULTS["refused"]
OVERTAKEN = Fault(overtaken=True)
"""Not one of them: a counterpart that breaks a promise."""
USUAL = tuple(FAULTS)[:7]
"""Those that decide which way a payment goes."""

STORIES: Mapping[str, Mapping[str, list[Fault]]] = {
    "all goes well": {},
    "core is not heard and has posted": {"CORE_POST": [UNHEARD]},
    "core is not heard and has not posted": {"CORE_POST": [LOST]},
    "core is not heard for long": {"CORE_POST": [UNHEARD], "CORE_INQUIRE": [LOST] * 3},
    "core refuses": {"CORE_POST": [REFUSED]},
    "the biller refuses": {"BILLER_PAY": [REFUSED]},
    "the biller is not heard and was paid": {"BILLER_PAY": [UNHEARD]},
    "the biller is not heard and was not paid": {"BILLER_PAY": [LOST]},
    "the biller refuses and the reversal is not heard": {"BILLER_PAY": [REFUSED], "CORE_REVERSE": [UNHEARD]},
}
"""What happens to a payment's messages, by endpoint."""


def tell(branch: Branch, story: str) -> None:
    """The next payment goes this way."""
    for wire in branch.wires.values():
        wire.heal()
    for endpoint, faults in STORIES[story].items():
        branch.wires[CORE if endpoint.startswith("CORE") else BILLER].faults[endpoint].extend(faults)


def steps_of(branch: Branch, story: str, consumer: str) -> list[str]:
    """The named steps a payment passes in this story, in order."""
    tell(branch, story)
    bill = branch.look_up(consumer)
    passed: list[str] = []
    branch.hook = passed.append
    branch.pay(bill)
    branch.hook = no_hook
    return passed


def at_step(place: int, act: Callable[[], object]) -> StepHook:
    """A hook that does `act` at the so-manyth step from now, once."""
    passed: list[str] = []

    def hook(step: str) -> None:
        passed.append(step)
        if len(passed) == place + 1:
            act()

    return hook


def wrong(branch: Branch, months: Mapping[str, Iterable[str]] | None = None) -> list[str]:
    """What does not agree between this branch's journal and its counterparts, and what it did on the wire against the
    law. See `conservation.flaws` for `months`."""
    broken = [law for wire in branch.wires.values() for law in wire.broken]
    at_core, at_biller = effects(branch.core.bookings), effects(branch.biller.bookings)
    return broken + flaws(branch.desk.store, at_core, at_biller, months)
