"""Step one of a bill payment: which biller, which customer's number."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from screens.bill_form import billers_meant
from screens.choose import Choose
from screens.saying import Say, joined, nothing, said, says, shown, words_of
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.ledger import Column, Row
from tellerdesk.bills.commands import LookUp
from tellerdesk.bills.views import BillerView
from tellerdesk.text import grouped

SHOWN = 29
"""Cells a field shows beside its cursor."""


class WhoPart(Vertical):
    """Two fields. The biller by code, by a fragment of its name or from a list; the number as the customer reads it."""

    DEFAULT_CSS = """
    WhoPart { height: auto; }
    """

    class Complete(Message):
        """Enter on the last field."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.biller: BillerView | None = None
        self.billers: tuple[BillerView, ...] = ()
        self.biller_field = Field(says("pay.biller"), Entry(id="biller"))
        self.consumer = Field(says("pay.consumer"), Entry(id="consumer"))

    def compose(self) -> ComposeResult:
        yield self.biller_field
        yield self.consumer

    def start_over(self) -> None:
        """Empty fields for the next customer."""
        self.biller = None
        for field in (self.biller_field, self.consumer):
            field.entry.put("")
            field.remark()
        self.biller_field.remark(says("pay.biller.hint"))
        self.consumer.label(says("pay.consumer"))

    def open_for_typing(self, yes: bool) -> None:
        for field in (self.biller_field, self.consumer):
            field.entry.disabled = not yes

    def focus_first(self) -> None:
        (self.consumer if self.biller else self.biller_field).entry.focus()

    def settle(self, consumer_no: str) -> None:
        """The number as the biller knows it, grouped to be read aloud."""
        self.consumer.entry.put(grouped(consumer_no))
        self.consumer.remark()

    def question(self) -> LookUp | None:
        """What to ask the biller; None, with a remark at the field, while something is missing."""
        if not self._settled() or self.biller is None:
            return None
        typed = "".join(self.consumer.entry.value.split())
        if not typed:
            self.consumer.complain(says("pay.consumer.empty"))
            self.consumer.entry.focus()
            return None
        self.consumer.remark()
        return LookUp(self.biller.code, typed)

    def fields(self) -> dict[str, Field]:
        """By the names errors have for them."""
        return {"consumer_no": self.consumer, "biller_code": self.biller_field}

    def speak(self) -> None:
        """The chosen biller's name stands in the field as text: it changes its language too."""
        if self.biller is not None:
            self.biller_field.entry.put(self._text_of(self.biller))

    # -- the biller

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self.consumer.entry:
            if self.consumer.has_class("-error"):
                self.consumer.remark(self._consumer_hint())
        elif self.biller is None or event.value != self._text_of(self.biller):
            self.biller = None
            meant = billers_meant(event.value, self.billers)[:2]
            self.biller_field.remark(joined(map(_said, meant), "   ") if meant else says("pay.biller.hint"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self.consumer.entry:
            self.post_message(self.Complete())
        else:
            self._settled()

    def _settled(self) -> bool:
        """Settles which biller is meant; opens the list where several may be."""
        if self.biller is not None:
            if self.biller_field.entry.has_focus:
                self.consumer.entry.focus()
            return True
        meant = billers_meant(self.biller_field.entry.value, self.billers)
        if len(meant) == 1:
            self.choose(meant[0])
            return True
        if meant:
            self.open_list(meant)
        else:
            self.biller_field.complain(says("pay.biller.none"))
            self.biller_field.entry.focus()
        return False

    def choose(self, biller: BillerView) -> None:
        self.biller = biller
        self.biller_field.entry.put(self._text_of(biller))
        self.biller_field.remark(said(biller.item))
        self.consumer.label(said(biller.consumer_label))
        self.consumer.remark(self._consumer_hint())
        self.consumer.entry.focus()

    def open_list(self, among: tuple[BillerView, ...] | None = None) -> None:
        """The billers to choose from."""
        rows = tuple(
            Row(each.code, (shown(each.code), said(each.name), said(each.item))) for each in among or self.billers
        )
        if rows:
            columns = (Column(6), Column(0), Column(20))
            self.app.push_screen(Choose(says("pay.biller.choose"), columns, rows), self._chosen)

    def _chosen(self, code: str | None) -> None:
        for biller in self.billers:
            if biller.code == code:
                self.choose(biller)

    def _text_of(self, biller: BillerView) -> str:
        """Code and name; the short name where the whole one would not fit into the field."""
        words = words_of(self)
        whole, short = (f"{biller.code}  {said(name)(words).plain}" for name in (biller.name, biller.short_name))
        return whole if cell_len(whole) <= SHOWN else short

    def _consumer_hint(self) -> Say:
        if self.biller is None:
            return nothing
        example = grouped(self.biller.consumer_example)
        return says("pay.consumer.hint", example=example, length=self.biller.consumer_length)


def _said(biller: BillerView) -> Say:
    return joined([shown(biller.code, "$accent"), said(biller.name, "$foreground")])
