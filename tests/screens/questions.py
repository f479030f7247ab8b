"""A teller in front of the open questions of a stand-in desk."""

from __future__ import annotations

from screens.open_questions import OpenQuestions
from tellerdesk.questions.views import OpenQuestion
from tests.screens.counter import Counter
from tests.screens.stand_in import StandIn
from tests.screens.stand_in_questions import CASH_DUE, LATE, STUCK, SuspendRoom, question

OWN = question()
ALL = (OWN, CASH_DUE, LATE, STUCK)
MOVING = frozenset(
    {"ask_about", "explain", "suspend", "retry", "settle", "confirm_cash_returned", "confirm_handed_over"}
)
"""The calls that change something."""


def desk_with(*questions: OpenQuestion) -> StandIn:
    desk = StandIn()
    desk.questions.questions = questions
    desk.refunds = SuspendRoom(desk._call, desk.questions)  # type: ignore[attr-defined]
    return desk


def changed(desk: StandIn) -> list[str]:
    """What was done so far."""
    return [called for called, _ in desk.calls if called in MOVING]


async def to_list(counter: Counter) -> OpenQuestions:
    await counter.sign_on()
    await counter.start("2003")
    screen = await counter.on(OpenQuestions)
    await counter.until(lambda: screen._known, "the list")
    await counter.settled()
    assert isinstance(screen, OpenQuestions)
    await counter.until(lambda: "›" in counter.text(), "the list is drawn")
    return screen


async def read_again(counter: Counter) -> None:
    """Waits for a look that began after now."""
    screen = next(each for each in counter.app.screen_stack if isinstance(each, OpenQuestions))
    screen.look_now()
    await counter.until(lambda: not screen._looking, "read again")
    await counter.settled()


async def show(counter: Counter, *questions: OpenQuestion) -> None:
    """Other questions, from the desk."""
    screen = next(each for each in counter.app.screen_stack if isinstance(each, OpenQuestions))
    screen._seen = {}
    counter.desk.questions.questions = questions
    await read_again(counter)
