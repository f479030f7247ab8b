"""Step one of a cancellation or a refund: which payment, by what the customer has in the hand."""

from __future__ import annotations

from typing import Generic

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from screens.cancel_form import Meant
from screens.saying import Say, clock_time, joined, nothing, said, says, says_message, shown
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line
from screens.wording import word_said
from tellerdesk.bills.views import Cancellable
from tellerdesk.clock import branch_time
from tellerdesk.refunds.views import Refundable

WIDE = 96
MOST_ROWS = 8


class FindPart(Vertical, Generic[Meant]):
    """A serial, the number of a receipt or a consumer number; below it the payments that may be meant, and what stands
    in the way of taking back the one under the cursor."""

    DEFAULT_CSS = """
    FindPart { height: auto; }
    FindPart #matches, FindPart #obstacles, FindPart #found { display: none; }
    FindPart.-listed #matches, FindPart.-listed #obstacles, FindPart.-listed #found { display: block; }
    FindPart #found { color: $secondary; margin-top: 1; }
    FindPart #obstacles { margin-top: 1; }
    """

    class Complete(Message):
        """Enter on the field."""

    class Chosen(Message):
        """Enter or a click on one of the payments."""

    class Pointed(Message):
        """The cursor stands on another payment."""

    def __init__(self, *, free: str = "cancellation.free", id: str | None = None) -> None:  # noqa: A002
        """`free` is the sentence where nothing stands in the way."""
        super().__init__(id=id)
        self._free = free
        self.field = Field(says("cancellation.text"), Entry(id="text"), after=says("cancellation.text.hint"))
        self._matches: dict[str, Meant] = {}
        self._list = Ledger(
            (
                Column(1),
                Column(11),
                Column(0, below=WIDE),
                Column(20, from_width=WIDE),
                Column(8),
                Column(9),
                Column(12),
                Column(8, "right"),
                Column(0, from_width=WIDE),
            ),
            id="matches",
        )

    def compose(self) -> ComposeResult:
        yield self.field
        yield Line(id="found")
        yield self._list
        yield Line(id="obstacles")

    def start_over(self, text: str = "") -> None:
        self.field.entry.put(text)
        self.field.remark(says("cancellation.text.hint"))
        self.show(())

    def text(self) -> str | None:
        """What was typed; None, with a remark at the field, where nothing was."""
        if not (text := self.field.entry.value.strip()):
            self.field.complain(says("cancellation.text.empty"))
            self.field.entry.focus()
            return None
        self.field.remark(says("cancellation.text.hint"))
        return text

    def show(self, matches: tuple[Meant, ...]) -> None:
        """The payments that may be meant; none takes the list away."""
        self._matches = {match.serial: match for match in matches}
        self.set_class(bool(matches), "-listed")
        self.query_one("#found", Line).show(says("cancellation.found", count=len(matches)))
        self._list.show(_row(match) for match in matches)
        self._list.styles.height = max(min(len(matches), MOST_ROWS), 1)
        self._point()

    @property
    def listed(self) -> bool:
        return bool(self._matches)

    @property
    def here(self) -> Meant | None:
        """The payment under the cursor."""
        return self._matches.get(self._list.current or "")

    def open_for_typing(self, yes: bool) -> None:
        self.field.entry.disabled = not yes

    def focus_first(self) -> None:
        (self._list if self.listed else self.field.entry).focus()

    def fields(self) -> dict[str, Field]:
        """By the names errors have for them."""
        return {"text": self.field}

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Complete())

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.field.has_class("-error"):
            self.field.remark(says("cancellation.text.hint"))

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        event.stop()
        self.post_message(self.Chosen())

    def on_ledger_moved(self, event: Ledger.Moved) -> None:
        event.stop()
        self._point()
        self.post_message(self.Pointed())

    def _point(self) -> None:
        here = self.here
        self.query_one("#obstacles", Line).show(nothing if here is None else in_the_way(here, self._free))


def in_the_way(match: Cancellable | Refundable, free: str = "cancellation.free") -> Say:
    """Everything that stands in the way of taking it back, a line each; else that nothing does."""
    if not match.obstacles:
        return says(free, "$success")
    return joined([joined([shown("×"), says_message(each)]) for each in match.obstacles], "\n")


def facts_of(match: Cancellable | Refundable) -> Say:
    """When it was taken, by whom, and at which till where that matters."""
    when = shown(f"{branch_time(match.made_at):%m-%d %H:%M:%S}")
    till = says("frame.till", till_no=match.till_no) if isinstance(match, Cancellable) else nothing
    return joined([when, says("frame.teller"), shown(match.teller_no), till])


def _row(match: Cancellable | Refundable) -> Row:
    day = shown(f"{branch_time(match.made_at):%m-%d}")
    barred = bool(match.obstacles)
    return Row(
        match.serial,
        (
            shown("×" if barred else "✓"),
            joined([day, clock_time(match.made_at)]),
            said(match.biller),
            said(match.biller),
            shown(match.customer_name),
            shown(f"{match.teller_no}/{match.till_no}" if isinstance(match, Cancellable) else match.teller_no),
            word_said(match.word),
            shown(match.serial[-8:].lstrip("0") or "0", "$secondary"),
            says_message(match.obstacles[0]) if barred else nothing,
        ),
    )
