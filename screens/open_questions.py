"""2003: what nobody knows the end of yet, live, and what a person may do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.question_acts import QuestionTalk
from screens.question_panel import ACTION_OF, QuestionPanel
from screens.question_words import COLUMNS, figures_of, head_of, heads_said, moment_of, row_of
from screens.saying import Say, joined, says
from screens.search_list import Heads
from screens.widgets.ledger import Ledger
from screens.widgets.line import Line
from screens.widgets.reading_list import ReadingList
from screens.widgets.waiting import Waiting
from screens.wording import outcome_of
from tellerdesk.bills.views import PaymentView
from tellerdesk.errors import TellerDeskError
from tellerdesk.questions.views import OpenQuestion, QuestionAct

LOOK_EVERY_S = 3.0
MOST_ROWS, MOST_ROWS_TALL = 5, 12
ON_THE_BAR = ("help", "back", "choices", "again", "undo", "submit", "lock")


@dataclass(frozen=True, slots=True)
class _Seen:
    """A question as it was read, and when by this workstation's own running time. `gone`: it is open no more;
    `became` is what its payment came to."""

    question: OpenQuestion
    read_s: float
    gone: bool = False
    became: PaymentView | None = None


class OpenQuestions(DeskScreen):
    """The questions of the branch: the person's own first, then the oldest.

    The cursor stays on the question it is on. One that ends under it stays in its place and says so: no key ever means
    another row than the one that was read.
    """

    CODE = "2003"
    NAME = "tx.2003"
    CSS_PATH: ClassVar = ["task.tcss", "open_questions.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = (
        "help", "back", "choices", "again", "undo", "submit", "hand_back", "suspend", "refund", "retry", "settle",
        "lock",
    )  # fmt: skip
    BINDINGS: ClassVar = bindings(
        "choices", "again", "undo", "submit", "hand_back", "suspend", "refund", "retry", "settle"
    )
    PAGE = HelpPage(
        what="help.questions",
        fields=(
            ("question.head.age", "help.questions.age"),
            ("question.sides", "help.questions.sides"),
            ("question.next", "help.questions.next"),
            ("question.explained", "help.questions.explained"),
        ),
        wrong=("help.questions.doubt", "help.questions.leave", "help.questions.gone"),
        keys=(
            ("choices", "question.key.story.help"),
            ("again", "question.act.ask_again.help"),
            ("submit", "question.act.explain.help"),
        ),
    )

    def __init__(self, *, leaving: bool = False) -> None:
        """`leaving`: the person wanted to sign off; once nothing of their own is left to be explained, that is offered
        again."""
        super().__init__()
        self._seen: dict[str, _Seen] = {}
        self._known = False
        self._looking = False
        self._look_no = 0
        self._leaving = leaving
        self._list = ReadingList(COLUMNS, id="questions", gap=1)
        self._heads = Heads(COLUMNS, id="heads", gap=1)
        self._panel = QuestionPanel(id="panel")
        self._talk = QuestionTalk(self)

    def compose_body(self) -> ComposeResult:
        yield self._heads
        yield self._list
        yield Line(says("question.none"), id="none")
        with Vertical(id="below"):
            yield self._panel
            yield Waiting(self.desk_app.clock.monotonic, id="waiting")

    def on_mount(self) -> None:
        self._heads.show((heads_said(),))
        self._list.focus()
        self.query_one(Waiting).display = False
        self._redraw()
        self.set_interval(1.0, self._redraw_if_seen)
        self.set_interval(LOOK_EVERY_S, self._look)
        self._look()

    def on_screen_resume(self) -> None:
        self._list.focus()
        self._look()

    # -- the list, live

    def look_now(self) -> None:
        """Reads anew; an answer that is still on its way from before tells the past."""
        self._look_no += 1
        self._looking = False
        self._look()

    def _look(self) -> None:
        app = self.desk_app
        who = app.who
        if who is None or app.locked or self._looking or not self.is_mounted:
            return
        self._looking = True
        number = self._look_no
        self.look(
            lambda desk: desk.questions.open(who),
            lambda questions: self._read(questions, number),
            lambda error: self._not_read(error, number),
        )

    def _read(self, questions: tuple[OpenQuestion, ...], number: int) -> None:
        if number != self._look_no:
            return
        self._looking, self._known = False, True
        now_s = self.desk_app.clock.monotonic()
        fresh = {question.serial: _Seen(question, now_s) for question in questions}
        here = self._list.current
        before = self._seen
        if here is not None and here in before and here not in fresh:
            rows = list(fresh.items())
            rows.insert(list(before).index(here), (here, self._ended(before[here])))
            fresh = dict(rows)
        self._seen = fresh
        self._redraw()
        self.offer_to_leave()

    def _not_read(self, error: TellerDeskError, number: int) -> None:
        if number == self._look_no:
            self._looking = False
            if not self.busy:
                self.failed_quietly(error)

    def _ended(self, seen: _Seen) -> _Seen:
        """It is open no more; what its payment came to is asked once."""
        if not seen.gone:
            self._ask_what_became(seen.question)
        return replace(seen, gone=True)

    def _ask_what_became(self, question: OpenQuestion) -> None:
        who = self.desk_app.who
        if who is not None:
            self.look(
                lambda desk: desk.bills.payment(who, question.payment_serial),
                lambda payment: self._became(question.serial, payment),
                lambda _error: None,
            )

    def _became(self, serial: str, payment: PaymentView) -> None:
        seen = self._seen.get(serial)
        if seen is not None and seen.gone:
            self._seen[serial] = replace(seen, became=payment)
            self._redraw()

    def put(self, question: OpenQuestion) -> None:
        """The newest of one question, in its place."""
        self._look_no += 1
        self._looking = False
        self._seen[question.serial] = _Seen(question, self.desk_app.clock.monotonic())
        self._redraw()
        self._look()

    def went(self, question: OpenQuestion, ended: Say) -> None:
        """It is open no more, and this screen's person has had it ended; `ended` says how."""
        who = self.desk_app.who
        seen = self._seen.get(question.serial)
        if seen is not None:
            self._seen[question.serial] = replace(seen, gone=True)
        self.note(ended, "good")
        self._redraw()
        self.look_now()
        if who is not None:
            self.look(
                lambda desk: desk.bills.payment(who, question.payment_serial),
                lambda payment: self._tell_ended(question, ended, payment),
                lambda _error: None,
            )

    def _tell_ended(self, question: OpenQuestion, ended: Say, payment: PaymentView) -> None:
        self._became(question.serial, payment)
        if not self.busy:
            self.note(joined([ended, outcome_of(payment)], "  "), "good", serial=payment.serial)

    # -- drawing

    def _redraw_if_seen(self) -> None:
        if self.is_current:
            self._redraw()

    def _redraw(self) -> None:
        now_s = self.desk_app.clock.monotonic()
        seen = self._seen
        self._list.show(
            row_of(each.question, moment_of(each.question, now_s - each.read_s), gone=each.gone)
            for each in seen.values()
        )
        most = MOST_ROWS if self.has_class("-short") else MOST_ROWS_TALL
        self._list.styles.height = min(len(seen), most)
        self._heads.display = self._list.display = self.query_one("#below").display = bool(seen)
        self.query_one("#none", Line).display = self._known and not seen
        if seen and self.is_current and self.focused is None:
            self._list.focus()  # an empty list has let go of it
        self._point()

    def _point(self) -> None:
        """Shows all of the question under the cursor."""
        seen = self._under_cursor
        if seen is not None:
            now = moment_of(seen.question, self.desk_app.clock.monotonic() - seen.read_s)
            self._panel.show(
                head_of(seen.question, seen.became, gone=seen.gone),
                figures_of(seen.question, now, gone=seen.gone),
                () if seen.gone or self.busy else seen.question.may,
            )
        self.refresh_keys()

    @property
    def _under_cursor(self) -> _Seen | None:
        return self._seen.get(self._list.current or "")

    @property
    def here(self) -> OpenQuestion | None:
        """The question under the cursor, while it is open."""
        seen = self._under_cursor
        return None if seen is None or seen.gone else seen.question

    def on_ledger_moved(self, event: Ledger.Moved) -> None:
        """What has ended goes from the list as soon as the cursor leaves it."""
        event.stop()
        if event.ledger is not self._list:
            return
        here = self._list.current
        if any(each.gone and serial != here for serial, each in self._seen.items()):
            self._seen = {serial: each for serial, each in self._seen.items() if not each.gone or serial == here}
            self._redraw()
        self._panel.home()
        self._point()

    # -- keys

    def working_keys(self) -> tuple[str, ...]:
        """What the bar has room for; the rest stands with its key beside what it does."""
        if self.busy:
            return ("help", "lock")
        seen, here = self._under_cursor, self.here
        may = {ACTION_OF[act] for act in here.may} if here is not None else set()
        works = {"choices": seen is not None, "undo": "undo" in may, "submit": "submit" in may}
        return tuple(name for name in ON_THE_BAR if works.get(name, True))

    def key_label(self, name: str) -> Say:
        here = self.here
        asks = here is not None and QuestionAct.ASK_AGAIN in here.may
        own = {
            "choices": "story.key",
            "submit": "question.key.explain",
            "again": "outcome.again" if asks else "key.again",
        }
        return says(own.get(name, f"key.{name}"))

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        """Enter does nothing about it; what there is to read is in sight already."""
        event.stop()
        if not self.busy and event.ledger is self._list:
            self.note(says("question.press"), "warn")

    def action_choices(self) -> None:
        """The story of its payment."""
        seen = self._under_cursor
        if seen is not None:
            self.open_story(seen.question.payment_serial)

    def action_again(self) -> None:
        """Asks the counterparts where there is something to ask; else reads anew, and what has ended goes from the
        list, but for the one under the cursor."""
        here = self.here
        if here is not None and QuestionAct.ASK_AGAIN in here.may:
            self._talk.do(QuestionAct.ASK_AGAIN)
        elif not self.busy:
            self.note()
            self.look_now()

    def action_submit(self) -> None:
        self._talk.do(QuestionAct.EXPLAIN)

    def action_undo(self) -> None:
        self._talk.do(QuestionAct.CANCEL)

    def action_hand_back(self) -> None:
        self._talk.do(QuestionAct.HAND_BACK)

    def action_suspend(self) -> None:
        self._talk.do(QuestionAct.SUSPEND)

    def action_refund(self) -> None:
        self._talk.do(QuestionAct.REFUND)

    def action_retry(self) -> None:
        self._talk.do(QuestionAct.RETRY)

    def action_settle(self) -> None:
        self._talk.do(QuestionAct.SETTLE)

    # -- waiting

    def shut(self, whom: Say, otherwise: Say) -> None:
        """Something is about to be sent: no other key does anything until the answer is there."""
        self.busy = True
        self.note()
        self.waits_for(whom, None, otherwise)
        self._point()

    def waits_for(self, whom: Say, most_s: float | None, otherwise: Say) -> None:
        """Who is being asked now."""
        waiting = self.query_one(Waiting)
        waiting.display = True
        waiting.start(whom, most_s, otherwise)

    def reopen(self) -> None:
        """The answer is there."""
        self.busy = False
        waiting = self.query_one(Waiting)
        waiting.stop()
        waiting.display = False
        self._point()

    # -- signing off

    def offer_to_leave(self) -> None:
        """Once, when nothing of the person's own is left to be explained: they wanted to sign off."""
        left = sum(1 for each in self._seen.values() if each.question.own and not each.gone)
        if self._leaving and self._known and not left and not self.busy and self.is_current:
            self._leaving = False
            self.desk_app.desk_lock.when_open(self.desk_app.ask_to_sign_off)
