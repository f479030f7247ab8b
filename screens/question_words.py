"""How an open question is said: how old it is, what each side's books hold, what happens next, who explained it.

Its clock is the database's: the instant a view was read at is `since` and `age_s`, and what has passed from then on is
counted here, so that a workstation whose clock is wrong counts right.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum
from math import ceil

from textual.content import Content

from screens.leg_words import legs_said
from screens.saying import Say, fitted, joined, money, nothing, said, says, says_message, shown
from screens.widgets.figures import Figure
from screens.widgets.ledger import Column, Row
from screens.wording import WORD_MARK, WORD_STYLE, mark_of, number_said, outcome_of, word_said
from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import PaymentView
from tellerdesk.clock import branch_time
from tellerdesk.journal.states import CashReturn
from tellerdesk.questions.views import ExplanationView, Known, OpenQuestion, QuestionKind
from tellerdesk.serials import spoken

WIDE = 100
MOST_STEPS = 20

COLUMNS = (
    Column(2),
    Column(9),
    Column(6, "right"),
    Column(11, from_width=WIDE),
    Column(4, from_width=WIDE),
    Column(8),
    Column(0),
    Column(7, below=WIDE),
    Column(9, from_width=WIDE),
    Column(12, "right"),
    Column(6),
    Column(6),
    Column(10, "right", from_width=WIDE),
)
HEADS = (
    "", "age", "number", "made", "teller", "kind", "biller", "customer", "customer", "amount", "core", "biller_side",
    "next",
)  # fmt: skip
"""Of the columns, as the second part of a message id."""


class Age(Enum):
    """How long a question has been open: the longer, the louder. The sign says it without the colour."""

    FRESH = ("·", "$secondary")
    TEN_MINUTES = ("!", "$warning")
    HOUR = ("!!", "bold $warning")
    EARLIER_DAY = ("!!!", "bold $error")


KIND_STYLE = {
    QuestionKind.UNKNOWN: "",
    QuestionKind.STUCK: "$warning",
    QuestionKind.CASH_DUE: "$warning",
    QuestionKind.LATE_ANSWER: "$warning",
}


def moment_of(question: OpenQuestion, elapsed_s: float) -> datetime:
    """The database's instant now, `elapsed_s` after the question was read."""
    return question.since + timedelta(seconds=question.age_s + elapsed_s)


def age_of(question: OpenQuestion, now: datetime) -> Age:
    """By the branch's calendar first: what is left of an earlier day is the most urgent, however young."""
    if branch_time(now).date() > branch_time(question.since).date():
        return Age.EARLIER_DAY
    minutes = (now - question.since) / timedelta(minutes=1)
    return Age.HOUR if minutes >= 60 else Age.TEN_MINUTES if minutes >= 10 else Age.FRESH


def _aged(sign: str, age: Say, style: str) -> Say:
    """The sign on the left, the age on the right of nine cells."""
    return lambda words: (Content(sign.ljust(3)) + fitted(age(words), 6, "right")).stylize(style)


def age_said(question: OpenQuestion, now: datetime) -> Say:
    """45 seconds, 12 minutes, 3 hours; of an earlier day that day."""
    if age_of(question, now) is Age.EARLIER_DAY:
        return shown(f"{branch_time(question.since):%m-%d}")
    seconds = max(int((now - question.since).total_seconds()), 0)
    if seconds < 60:
        return says("question.age.seconds", count=seconds)
    if seconds < 3600:
        return says("question.age.minutes", count=seconds // 60)
    return says("question.age.hours", count=seconds // 3600)


def sides_said(question: OpenQuestion) -> Say:
    """What is known of both sides' books, in two short words."""
    core = joined([says("question.head.core"), known_said("core", question.core)])
    biller = joined([says("question.head.biller_side"), known_said("biller", question.counterpart)])
    return joined([core, shown("/", "$secondary"), biller])


def known_said(side: str, known: Known) -> Say:
    return says(f"question.{side}.{known.value.lower()}", "bold $warning" if known is Known.NOT_KNOWN else "")


def next_said(question: OpenQuestion, now: datetime) -> Say:
    """What the desk does by itself, and in how long; or that nothing happens by itself any more."""
    if question.next_step is None:
        return says("question.next.none", "$warning")
    return joined([says_message(question.next_step), _left_said(question, now)], "  ")


def _left_said(question: OpenQuestion, now: datetime) -> Say:
    if question.next_at is None:
        return nothing
    seconds = ceil((question.next_at - now).total_seconds())
    if seconds <= 0:
        return says("question.next.now", "$accent")
    if seconds < 120:
        return says("question.next.seconds", "$accent", count=seconds)
    return says("question.next.minutes", "$accent", count=seconds // 60)


def explained_said(explained: ExplanationView, now: datetime) -> Say:
    """Who explained it, when, why it is open, and what the customer was given."""
    return joined(
        [
            _when(explained.at, now),
            shown(explained.by),
            says(f"question.reason.{explained.reason.value.lower()}"),
            joined([says("question.given", "$secondary"), says(f"question.given.{explained.given.value.lower()}")]),
            shown(explained.note, "$secondary"),
        ],
        "  ",
    )


def _when(at: datetime, now: datetime) -> Say:
    """The time of day; before it the day, where that is another one."""
    here = branch_time(at)
    today = here.date() == branch_time(now).date()
    return shown(f"{here:%H:%M}" if today else f"{here:%m-%d %H:%M}")


def number_of(serial: str) -> str:
    """The end of a serial, by which tellers tell entries apart."""
    return serial[-8:].lstrip("0")[-6:] or "0"


def heads_said() -> Row:
    """What the columns are called."""
    return Row("", tuple(_head_said(head) for head in HEADS))


def _head_said(head: str) -> Say:
    said_as = says(f"question.head.{head}") if head else nothing
    return _aged("", said_as, "$secondary") if head == "age" else lambda words: said_as(words).stylize("$secondary")


def row_of(question: OpenQuestion, now: datetime, *, gone: bool) -> Row:
    """One line of the list. `gone`: it is not open any more, and nothing can be done with it."""
    sign, style = age_of(question, now).value
    made = branch_time(question.made_at)
    kind = f"question.kind.{question.kind.value.lower()}"
    return Row(
        question.serial,
        (
            says("question.mine", "bold $accent") if question.own and not gone else nothing,
            shown("✓", "$success") if gone else _aged(sign, age_said(question, now), style),
            shown(number_of(question.serial)),
            shown(f"{made:%m-%d %H:%M}", "$secondary"),
            shown(question.teller_no, "$secondary"),
            says("question.kind.gone") if gone else says(kind, KIND_STYLE[question.kind]),
            said(question.biller),
            shown(question.customer_name),
            shown(question.customer_name),
            money(question.amount_fen),
            known_said("core", question.core) if not gone else nothing,
            known_said("biller", question.counterpart) if not gone else nothing,
            _left_said(question, now) if question.next_step is not None and not gone else nothing,
        ),
        shut=gone,
    )


def head_of(question: OpenQuestion, became: PaymentView | None, *, gone: bool) -> Say:
    """The word for it, what is open about it, its serial. `became`: what its payment came to, once it is `gone`."""
    serial = shown(spoken(question.serial), "$secondary")
    if not gone:
        mark = shown(WORD_MARK[question.word], WORD_STYLE[question.word])
        kind = says(f"question.kind.{question.kind.value.lower()}", "bold")
        if question.cash_return is CashReturn.DUE:  # no word that sounds as if the money were back
            return joined([joined([shown("!", "bold $warning"), kind]), serial], "  ")
        return joined([joined([mark, word_said(question.word)]), kind, serial], "  ")
    ended = says("question.gone", "bold $success")
    if became is None:
        return joined([ended, serial], "  ")
    return joined([ended, mark_of(became), outcome_of(became, short=True), serial], "  ")


def figures_of(question: OpenQuestion, now: datetime, *, gone: bool) -> Iterator[Figure]:
    """All that is known of it, and its steps so far."""
    means = says("pay.method.account" if question.method is Method.ACCOUNT else "pay.method.cash")
    if not gone:
        yield Figure(says("question.sides"), sides_said(question), text=True)
        yield Figure(says("question.next"), next_said(question, now), text=True)
        yield Figure(says("question.advice"), says_message(question.advice), text=True)
    if question.explained is not None:
        yield Figure(says("question.explained"), explained_said(question.explained, now), text=True)
    elif question.own and not gone:
        yield Figure(says("question.explained"), says("question.own", "$accent"), text=True)
    yield Figure(
        says("question.which"),
        joined(
            [
                said(question.biller),
                shown(number_said(question.consumer_no)),
                means,
                joined(
                    [
                        _when(question.made_at, now),
                        shown(question.teller_no),
                        says("frame.till", till_no=question.till_no),
                    ]
                ),
            ],
            "  ",
        ),
        text=True,
    )
    if question.payment_serial != question.serial:
        yield Figure(says("question.payment"), shown(spoken(question.payment_serial)), text=True)
    for at, leg in enumerate(_story(question)):
        yield Figure(says("question.story") if at == 0 else nothing, leg, text=True)


def _story(question: OpenQuestion) -> list[Say]:
    """The newest steps; a day of asking again has hundreds."""
    before = len(question.legs) - MOST_STEPS
    newest = legs_said(question.legs[-MOST_STEPS:])
    return newest if before <= 0 else [says("question.story.before", "$secondary", count=before), *newest]
