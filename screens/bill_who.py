"""Step one of a bill payment: which biller, which customer's number, and what else this biller asks."""

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
from screens.wording import number_said
from tellerdesk.bills.commands import LookUp
from tellerdesk.bills.views import BillerView, FieldView
from tellerdesk.text import grouped, mask_number

SHOWN = 29
"""Cells a field shows beside its cursor."""

MOST_FIELDS = 6
"""No biller asks more than this besides the consumer number, by contract."""


class WhoPart(Vertical):
    """The biller by code, by initials, by a fragment of its name or from a list; the number as the customer reads it;
    below it the fields this biller asks besides."""

    DEFAULT_CSS = """
    WhoPart { height: auto; }
    WhoPart .more { display: none; }
    WhoPart .more.-asked { display: block; }
    """

    class Complete(Message):
        """Enter on the last field."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.biller: BillerView | None = None
        self.billers: tuple[BillerView, ...] = ()
        self.biller_field = Field(says("pay.biller"), Entry(id="biller"))
        self.consumer = Field(says("pay.consumer"), Entry(id="consumer"))
        self._more = tuple(Field(nothing, Entry(id=f"more-{number}")) for number in range(MOST_FIELDS))
        self._typed_no = ""

    def compose(self) -> ComposeResult:
        yield self.biller_field
        yield self.consumer
        for field in self._more:
            field.add_class("more")
            yield field

    def start_over(self, biller_code: str = "") -> None:
        """Empty fields for the next customer; the biller with `biller_code` is chosen already, if it takes payments
        now."""
        self.biller, self._typed_no = None, ""
        for field in (self.biller_field, self.consumer, *self._more):
            field.entry.put("")
            field.remark()
        self.biller_field.remark(says("pay.biller.hint"))
        self.consumer.label(says("pay.consumer"))
        self._ask_more(())
        self.keep(biller_code)

    def keep(self, biller_code: str) -> None:
        """Chooses the biller used last, or the only one, while nothing else was typed; typing replaces it."""
        only = self.billers if len(self.billers) == 1 else ()
        kept = only or tuple(biller for biller in self.billers if biller.code == biller_code)
        if kept and kept[0].open_now and not self.biller_field.entry.value:
            self.choose(kept[0], go_on=False)
            self.biller_field.entry.select_all()

    def start_with(self, biller: BillerView, consumer_no: str) -> None:
        """A biller, and perhaps a customer, who were named before this form opened."""
        self.choose(biller)
        self.consumer.entry.put(grouped(consumer_no))

    def know(self, billers: tuple[BillerView, ...]) -> None:
        """The billers as they are now; one that was chosen stays chosen."""
        self.billers = billers
        if self.biller is not None:
            chosen = self.biller.code
            self.biller = next((biller for biller in billers if biller.code == chosen), self.biller)

    def open_for_typing(self, yes: bool) -> None:
        for field in (self.biller_field, self.consumer, *self._more):
            field.entry.disabled = not yes
        if yes and self._typed_no:
            self.consumer.entry.put(self._typed_no)
            self._typed_no = ""

    def focus_first(self) -> None:
        (self.consumer if self.biller and self.consumer.entry.value else self.biller_field).entry.focus()

    def focus_number(self) -> None:
        self.consumer.entry.focus()

    def settle(self, consumer_no: str) -> None:
        """The number as the biller knows it, grouped to be read aloud; one that is personal is masked from now on."""
        self._typed_no = self.consumer.entry.value
        personal = self.biller is not None and self.biller.personal
        if not personal:
            self._typed_no = grouped(consumer_no)
        self.consumer.entry.put(number_said(masked(consumer_no) if personal else consumer_no))
        self.consumer.remark()

    def question(self) -> LookUp | None:
        """What to ask the biller; None, with a remark at the field, while something is missing."""
        if not self._settled() or self.biller is None:
            return None
        if not self.biller.open_now:
            self._refuse(self.biller_field, says("pay.biller.closed", hours=self.biller.hours))
            return None
        number = "".join(self.consumer.entry.value.split())
        if not number:
            self._refuse(self.consumer, says("pay.consumer.empty"))
            return None
        self.consumer.remark()
        more = {}
        for asked, field in self._asked():
            field.remark(_more_hint(asked))
            if value := field.entry.value.strip():
                more[asked.key] = value
            elif asked.required:
                self._refuse(field, says("pay.more.empty"))
                return None
        return LookUp(self.biller.code, number, more)

    def fields(self) -> dict[str, Field]:
        """By the names errors have for them."""
        more = {asked.key: field for asked, field in self._asked()}
        return more | {"consumer_no": self.consumer, "biller_code": self.biller_field}

    def speak(self) -> None:
        """The chosen biller's name stands in the field as text: it changes its language too."""
        if self.biller is not None:
            self.biller_field.entry.put(self._text_of(self.biller))
            if self.biller_field.entry.has_focus:
                self.biller_field.entry.select_all()

    def _refuse(self, field: Field, say: Say) -> None:
        field.complain(say)
        field.entry.focus()

    def _asked(self) -> list[tuple[FieldView, Field]]:
        """What this biller asks besides, each with its field."""
        return list(zip(self.biller.fields if self.biller else (), self._more, strict=False))

    # -- the biller

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self.biller_field.entry:
            self._biller_typed(event.input.value)
        elif event.input is self.consumer.entry:
            if self.consumer.has_class("-error"):
                self.consumer.remark(self._consumer_hint())
        else:
            for asked, field in self._asked():
                if event.input is field.entry and event.value and field.has_class("-error"):
                    field.remark(_more_hint(asked))

    def _biller_typed(self, text: str) -> None:
        if self.biller is None or text != self._text_of(self.biller):
            if self.biller is not None:
                self.biller = None
                self._ask_more(())
                self.consumer.label(says("pay.consumer"))
            meant = billers_meant(text, self.billers)[:2]
            self.biller_field.remark(joined(map(_said, meant), "   ") if meant else says("pay.biller.hint"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self.biller_field.entry:
            self._settled()
            return
        fields = [self.consumer, *(field for _, field in self._asked())]
        at = next((index for index, field in enumerate(fields) if field.entry is event.input), len(fields))
        if at + 1 < len(fields):
            fields[at + 1].entry.focus()
        else:
            self.post_message(self.Complete())

    def _settled(self) -> bool:
        """Settles which biller is meant; opens the list where several may be."""
        if self.biller is not None:
            if self.biller_field.entry.has_focus:
                self.consumer.entry.focus()
            return True
        meant = billers_meant(self.biller_field.entry.value, self.billers)
        if len(meant) == 1 and not meant[0].open_now:
            self._refuse(self.biller_field, says("pay.biller.closed", hours=meant[0].hours))
        elif len(meant) == 1:
            self.choose(meant[0])
            return True
        elif meant:
            self.open_list(meant)
        else:
            self._refuse(self.biller_field, says("pay.biller.none"))
        return False

    def choose(self, biller: BillerView, *, go_on: bool = True) -> None:
        self.biller = biller
        self.biller_field.entry.put(self._text_of(biller))
        self.biller_field.remark(said(biller.item))
        self.consumer.label(said(biller.consumer_label))
        self.consumer.remark(self._consumer_hint())
        self._ask_more(biller.fields)
        if go_on:
            self.consumer.entry.focus()

    def _ask_more(self, asked: tuple[FieldView, ...]) -> None:
        for index, field in enumerate(self._more):
            field.set_class(index < len(asked), "-asked")
            field.entry.put("")
            if index < len(asked):
                field.label(said(asked[index].label))
                field.remark(_more_hint(asked[index]))

    def open_list(self, among: tuple[BillerView, ...] | None = None) -> None:
        """The billers to choose from; one outside its hours is told with them."""
        rows = tuple(
            Row(each.code, (shown(each.code), said(each.name), _offers(each)), shut=not each.open_now)
            for each in among or self.billers
        )
        if rows:
            columns = (Column(6), Column(0), Column(24))
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


def masked(consumer_no: str) -> str:
    """A phone number, once it is settled: 138****5678. One that comes masked stays as it is."""
    if "*" in consumer_no or len(consumer_no) < 8:
        return consumer_no if "*" in consumer_no else mask_number(consumer_no)
    return f"{consumer_no[:3]}{'*' * (len(consumer_no) - 7)}{consumer_no[-4:]}"


def _said(biller: BillerView) -> Say:
    return joined([shown(biller.code, "$accent"), said(biller.name, "$foreground")])


def _offers(biller: BillerView) -> Say:
    return said(biller.item) if biller.open_now else says("pay.biller.shut", hours=biller.hours)


def _more_hint(asked: FieldView) -> Say:
    return says("pay.more.hint" if asked.required else "pay.more.hint.optional", example=asked.example)
