"""7004: the branch's day at one glance, live: what was paid by hour and biller, what is open, tills, counterparts."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.frame import one_light
from screens.saying import Say, clock_time, fitted, joined, money, nothing, said, says, shown
from screens.widgets.charts import Bar, BarChart, Hour, HourChart
from screens.widgets.figures import Figure, Figures
from screens.widgets.line import Line
from screens.wording import WORD_MARK, WORD_STYLE, word_said
from tellerdesk.clock import branch_time
from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import Words
from tellerdesk.journal.states import Word
from tellerdesk.links.lights import Light
from tellerdesk.money import format_fen
from tellerdesk.today.views import BillerCount, BranchToday, TillToday, WordCount

LOOK_EVERY_S = 3.0
_COUNT, _SUM = 4, 15
"""Cells of a count and of a sum."""


class BranchTodayScreen(DeskScreen):
    """Nothing is done here; it is looked at, and it counts itself anew every few seconds."""

    CODE = "7004"
    NAME = "tx.7004"
    CSS_PATH = "branch_today.tcss"
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "again", "approvals", "language", "lock")
    BINDINGS: ClassVar = bindings("again")
    PAGE = HelpPage(
        what="help.today",
        fields=(
            ("today.hours", "help.today.hours"),
            ("today.billers", "help.today.billers"),
            ("today.open", "help.today.open"),
            ("today.tills", "help.today.tills"),
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self._today: BranchToday | None = None
        self._looking = False

    def compose_body(self) -> ComposeResult:
        yield Line(id="whole")
        with Horizontal(id="panes"):
            with Vertical(id="paid"):
                yield Line(says("today.hours"), classes="head")
                yield HourChart(id="hours")
                yield Line(says("today.billers"), classes="head")
                yield BarChart(id="billers")
                yield Line(says("today.nothing"), id="nothing")
            with VerticalScroll(id="beside", can_focus=True):
                yield Line(says("today.words"), classes="head")
                yield Figures(id="words")
                yield Line(says("today.open"), classes="head")
                yield Figures(id="open")
                yield Line(says("today.tills"), classes="head")
                yield Figures(id="tills")
                yield Line(says("today.counterparts"), classes="head")
                yield Figures(id="counterparts")

    def on_mount(self) -> None:
        self.query_one("#beside").focus()
        self._redraw()
        self.set_interval(LOOK_EVERY_S, self._tick)
        self._look()

    # -- live

    def _tick(self) -> None:
        if self.is_current:
            self._look()

    def _look(self) -> None:
        app = self.desk_app
        who = app.who
        if who is not None and not app.locked and not self._looking:
            self._looking = True
            self.look(lambda desk: desk.today.branch(who), self._seen, self._not_seen)

    def _seen(self, today: BranchToday) -> None:
        self._looking = False
        self._today = today
        self.query_one("#steps", Line).show(says("today.as_of", at=f"{branch_time(today.as_of):%H:%M:%S}"))
        self.note()
        self._redraw()

    def _not_seen(self, error: TellerDeskError) -> None:
        """What was seen before stays, with the time it was true."""
        self._looking = False
        self.failed_quietly(error)

    def _redraw(self) -> None:
        today = self._today
        self.query_one("#panes").display = today is not None
        if today is None:
            return
        self.query_one("#whole", Line).show(_whole(today))
        self.query_one("#hours", HourChart).show(Hour(each.hour, each.count) for each in today.hours)
        self.query_one("#billers", BarChart).show(_bar(each) for each in today.billers)
        self.query_one("#nothing", Line).display = not today.billers
        self.query_one("#words", Figures).show(_word(each) for each in today.words)
        self.query_one("#open", Figures).show(self._open(today))
        tills = [_till(each) for each in today.tills]
        self.query_one("#tills", Figures).show(tills or [Figure(says("today.tills.none"), shown(""))])
        self.query_one("#counterparts", Figures).show(_counterpart(light) for light in self.desk_app.lights)

    def _open(self, today: BranchToday) -> tuple[Figure, ...]:
        waiting = self.desk_app.approvals_waiting
        return (
            Figure(says("tx.2003"), _count(today.questions, _since(today))),
            Figure(says("today.refunds"), _counted(today.refunds, today.refunds_fen)),
            Figure(says("tx.7001"), _count(waiting, nothing)),
        )

    # -- keys

    def action_again(self) -> None:
        self.desk_app.look_at_lights()
        self._look()


def _whole(today: BranchToday) -> Say:
    paid = [each for each in today.words if each.word is Word.PAID]
    count = sum(each.count for each in today.words)
    return joined(
        [
            shown(f"{today.day:%Y-%m-%d}", "$secondary"),
            says("today.begun", "bold", count=count),
            says("today.paid", "bold $success", count=sum(each.count for each in paid)),
            money(sum(each.amount_fen for each in paid)),
        ],
        "  ",
    )


def _bar(biller: BillerCount) -> Bar:
    figures = (shown(f"{biller.paid}/{biller.count}"), money(biller.paid_fen), _open_of(biller))
    return Bar(said(biller.name), biller.count, figures)


def _open_of(biller: BillerCount) -> Say:
    """How many are in doubt; nothing where none is."""
    return shown(f"{WORD_MARK[Word.PROCESSING]}{biller.open}" if biller.open else "", WORD_STYLE[Word.PROCESSING])


def _word(counted: WordCount) -> Figure:
    mark = shown(WORD_MARK[counted.word], WORD_STYLE[counted.word])
    return Figure(joined([mark, word_said(counted.word)]), _counted(counted.count, counted.amount_fen))


def _count(count: int, beside: Say) -> Say:
    """How many wait, in the column of counts: none is quiet. Where others have a sum, `beside`."""
    counted = Content.styled(f"{count:>{_COUNT}}", "bold $warning" if count else "")
    return lambda words: counted + fitted(beside(words), _SUM, "right")


def _counted(count: int, amount_fen: int) -> Say:
    """A count and a sum, each in a column of its own."""
    text = f"{count:>{_COUNT}}{format_fen(amount_fen):>{_SUM}}"
    return lambda _words: Content(text)


def _since(today: BranchToday) -> Say:
    """How long the oldest question has been open; nothing where none is."""
    if today.oldest is None:
        return nothing
    minutes = max(int((today.as_of - today.oldest).total_seconds()) // 60, 0)
    unit, count = ("minutes", minutes) if minutes < 60 else ("hours", minutes // 60)
    if minutes >= 24 * 60:
        unit, count = "days", minutes // (24 * 60)
    return says(f"today.oldest.{unit}", "$secondary", count=count)


def _till(till: TillToday) -> Figure:
    return Figure(joined([shown(till.till_no, "$accent"), shown(till.staff_no), shown(till.staff_name)]),
                  money(till.balance_fen))  # fmt: skip


def _counterpart(light: Light) -> Figure:
    def say(words: Words) -> Content:
        return one_light(light, words)

    since = light.since
    return Figure(say, clock_time(since) if since is not None else shown(""))
