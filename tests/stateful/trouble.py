"""Faults by the names tests use, and the steps a payment goes through under each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tellerdesk.demo.plan import BILLER
from tellerdesk.desk import CORE
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.steps import StepHook, no_hook
from tests.stateful.branch import Branch
from tests.stateful.conservation import effects, flaws
from tests.stateful.wire import Fault

LOST = Fault(Processed.NO, AnswerWay.TIMEOUT)
"""It never arrived, and nothing came back."""
UNHEARD = Fault(Processed.YES, AnswerWay.TIMEOUT)
"""It was done, and the answer was lost."""
REFUSED = Fault(Processed.NO, AnswerWay.REJECT)
"""A definite no."""

UNSENT = Fault(Processed.NO, AnswerWay.REFUSED)
"""The connection was refused."""
FAULTS = (
    LOST,
    UNHEARD,
    REFUSED,
    UNSENT,
    Fault(Processed.NO, AnswerWay.STATUS_4XX),
    Fault(Processed.LATE, AnswerWay.TIMEOUT),
    Fault(Processed.LATE, AnswerWay.TIMEOUT, arrives_after=1),
    Fault(Processed.LATE, AnswerWay.TIMEOUT, arrives_after=2),
    Fault(Processed.LATE, AnswerWay.STATUS_5XX, arrives_after=3),
    Fault(Processed.TWICE, AnswerWay.VALID),
    Fault(Processed.TWICE, AnswerWay.TIMEOUT),
    Fault(Processed.YES, AnswerWay.VALID, meanwhile=True),
    Fault(Processed.YES, AnswerWay.TIMEOUT, meanwhile=True),
    Fault(Processed.NO, AnswerWay.TIMEOUT, meanwhile=True),
    Fault(Processed.LATE, AnswerWay.TIMEOUT, meanwhile=True),
    Fault(Processed.YES, AnswerWay.VALID, takes_s=61),
    Fault(Processed.YES, AnswerWay.TIMEOUT, takes_s=61),
    Fault(Processed.NO, AnswerWay.VALID),
    Fault(Processed.LATE, AnswerWay.VALID),
    *(
        Fault(processed, way)
        for processed in (Processed.NO, Processed.YES)
        for way in (
            AnswerWay.STATUS_5XX,
            AnswerWay.GARBAGE,
            AnswerWay.WRONG_TYPE,
            AnswerWay.OTHER_ID,
            AnswerWay.OTHER_AMOUNT,
        )
    ),
)
"""Everything that happens to a message. What differs on a real socket only (drips, bombs, cuts) all ends as a
timeout; an answer the counterpart would not give truthfully comes unsigned."""

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


def wrong(branch: Branch) -> list[str]:
    """What does not agree between this branch's journal and its counterparts."""
    return flaws(branch.desk.store, effects(branch.core.bookings), effects(branch.biller.bookings))
