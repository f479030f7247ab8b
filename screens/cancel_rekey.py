"""Step two of a cancellation or a refund: number and amount once more from the customer's paper, blind, and why."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from screens.cancel_find import facts_of
from screens.cancel_form import Rekeyed
from screens.choose import Choose
from screens.saying import Say, joined, nothing, said, says, says_error, shown
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.figures import Figure, Figures
from screens.widgets.ledger import Column, Row
from tellerdesk.bills.commands import CancelReason, Method
from tellerdesk.bills.views import Cancellable
from tellerdesk.errors import BadInput
from tellerdesk.money import format_fen, parse_fen
from tellerdesk.refunds.views import Refundable
from tellerdesk.serials import spoken

REASONS = {str(number): reason for number, reason in enumerate(CancelReason, 1)}
"""By the figure that names each."""


class RekeyPart(Vertical):
    """Nothing of what is to be keyed is shown: what stands on the customer's paper must be the payment's own."""

    DEFAULT_CSS = """
    RekeyPart { height: auto; }
    RekeyPart #meant { background: $surface; padding: 0 1; margin-bottom: 1; }
    """

    class Complete(Message):
        """Enter on the last field."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.consumer = Field(says("pay.consumer"), Entry(id="consumer"))
        self.amount = Field(says("pay.amount"), Entry(id="amount"))
        self.reason = Field(says("cancellation.reason"), Entry(id="reason"))
        self.remark = Field(says("cancellation.note"), Entry(id="remark"))

    def compose(self) -> ComposeResult:
        yield Figures(id="meant")
        yield from self._all

    @property
    def _all(self) -> tuple[Field, ...]:
        return self.consumer, self.amount, self.reason, self.remark

    def start_over(self, meant: Cancellable | Refundable | None = None) -> None:
        """Empty fields to take `meant` back."""
        for field in self._all:
            field.entry.put("")
        self._remark()
        if meant is not None:
            self.query_one("#meant", Figures).show(_figures(meant))

    def open_for_typing(self, yes: bool) -> None:
        for field in self._all:
            field.entry.disabled = not yes

    def focus_first(self) -> None:
        self.consumer.entry.focus()

    def fields(self) -> dict[str, Field]:
        """By the names errors have for them."""
        return {"consumer_no": self.consumer, "amount": self.amount, "reason": self.reason, "note": self.remark}

    def keyed(self) -> Rekeyed | None:
        """What was keyed; None, with a remark at the field, while something is missing or is no amount."""
        self._remark()
        number = "".join(self.consumer.entry.value.split())
        if not number:
            self._refuse(self.consumer, says("pay.consumer.empty"))
            return None
        try:
            amount_fen = parse_fen(self.amount.entry.value)
        except BadInput as error:
            self._refuse(self.amount, says_error(error))
            return None
        self.amount.entry.put(format_fen(amount_fen))
        reason = self._reason()
        if reason is None:
            self._refuse(self.reason, says("cancellation.reason.empty", most=len(REASONS)))
            return None
        return Rekeyed(number, amount_fen, reason, self.remark.entry.value.strip())

    def open_list(self) -> None:
        """The reasons, to choose from."""
        rows = tuple(Row(key, (shown(key, "$accent"), _said(reason))) for key, reason in REASONS.items())
        self.app.push_screen(Choose(says("cancellation.reason"), (Column(2), Column(0)), rows), self._chosen)

    def _chosen(self, key: str | None) -> None:
        if key is not None:
            self.reason.entry.put(key)
            self.remark.entry.focus()
        else:
            self.reason.entry.focus()

    def _reason(self) -> CancelReason | None:
        return REASONS.get(self.reason.entry.value.strip())

    def _refuse(self, field: Field, say: Say) -> None:
        field.complain(say)
        field.entry.focus()

    def _remark(self) -> None:
        self.consumer.remark(says("cancellation.blind"))
        self.amount.remark(says("cancellation.blind.amount"))
        self.remark.remark(says("cancellation.note.hint"))
        self._remark_reason()

    def _remark_reason(self) -> None:
        reason = self._reason()
        hint = says("cancellation.reason.hint", most=len(REASONS))
        self.reason.remark(hint if reason is None else joined([shown("→"), _said(reason, "$foreground")]))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self.reason.entry:
            self._remark_reason()
        elif event.input is self.consumer.entry and self.consumer.has_class("-error"):
            self.consumer.remark(says("cancellation.blind"))
        elif event.input is self.amount.entry and self.amount.has_class("-error"):
            self.amount.remark(says("cancellation.blind.amount"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        entries = [field.entry for field in self._all]
        at = entries.index(event.input)  # type: ignore[arg-type]
        if event.input is self.reason.entry and self._reason() is None:
            self.open_list()
        elif at + 1 < len(entries):
            entries[at + 1].focus()
        else:
            self.post_message(self.Complete())


def _said(reason: CancelReason, style: str = "") -> Say:
    return says(f"cancellation.reason.{reason.value.lower()}", style)


def _figures(meant: Cancellable | Refundable) -> list[Figure]:
    """The payment that is meant, without what is to be keyed."""
    means = says("pay.method.account" if meant.method is Method.ACCOUNT else "pay.method.cash")
    receipt = says("cancellation.has_receipt", "$warning") if meant.has_receipt else nothing
    rows = {
        "pay.biller": joined([said(meant.biller), shown(meant.customer_name, "bold"), means], "  "),
        "story.made": facts_of(meant),
        "outcome.serial": joined([shown(spoken(meant.serial)), receipt], "  "),
    }
    return [Figure(says(label), value, text=True) for label, value in rows.items()]
