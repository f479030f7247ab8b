"""The fields of the journal search: three lines, and under them how what is typed is understood."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from screens.choose import Choose
from screens.saying import Say, joined, nothing, said, says, says_error, shown, words_of
from screens.search_terms import (
    CHOICES,
    ERROR_FIELDS,
    FIELDS,
    LAST_DAYS,
    Known,
    meaning_of,
    part_of,
    searches_of,
    typed_of,
    word_text,
)
from screens.widgets.entry import Entry
from screens.widgets.ledger import Column, Row
from screens.widgets.line import Line, Still
from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import BillerView
from tellerdesk.errors import BadInput, TellerDeskError
from tellerdesk.i18n import Words
from tellerdesk.search.commands import JournalSearch

LINES = (
    ("anything", "days", "words", "branch_no"),
    ("biller", "consumer_no", "name", "amount"),
    ("account_no", "teller_no", "approver_no", "method"),
)

LISTED = frozenset({"days", "words", "branch_no", "biller", "method"})
"""The fields F4 has a list for."""

OF_WORDS = ("words", "method")
"""The fields whose text is of a language."""


class SearchField(Horizontal):
    """A label and an entry in one line; where it is wrong the label says so by a sign as well as by colour."""

    def __init__(self, name: str, *, room: str = "search") -> None:
        """`room` is where the message ids of its label and its hint begin."""
        super().__init__(classes=f"field {name}")
        self._said = says(f"{room}.{name}")
        self.entry = Entry(id=name, hint=says(f"{room}.hint.{name}"))
        self._wrong = False

    def compose(self) -> ComposeResult:
        yield Line(self._label, classes="label")
        yield self.entry

    def _label(self, words: Words) -> Content:
        label = self._said(words)
        return shown("×", "$error")(words) + label.stylize("$error") if self._wrong else label

    def wrong(self, wrong: bool) -> None:
        self._wrong = wrong
        self.query_one(Line).speak()


class SearchForm(Vertical):
    """Enter goes on to the next field and, from the last one, searches; F4 lists what a field takes. What cannot be
    right is said in the line below, and its field is marked."""

    BINDINGS: ClassVar = [
        Binding("down", "down", show=False),
        Binding("up", "to(-1)", show=False),
    ]

    class Complete(Message):
        """Enter on the last field."""

    class ToRows(Message):
        """Down from a field that has no list."""

    class Typed(Message):
        """Something else stands in a field than before."""

    class WantsBranches(Message):
        """F4 on the field of the branch."""

    def __init__(self, *, every_branch: bool, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._fields = {name: SearchField(name) for name in FIELDS if every_branch or name != "branch_no"}
        self._remark = Still(id="remark")
        self._wrong = self._wrong_text = ""
        self._billers: tuple[BillerView, ...] = ()
        self._today = date.min

    def compose(self) -> ComposeResult:
        for line in LINES:
            with Horizontal(classes="line"):
                for name in line:
                    if name in self._fields:
                        yield self._fields[name]
        yield self._remark

    def know(self, *, today: date, billers: tuple[BillerView, ...] | None = None) -> None:
        self._today = today
        if billers is not None:
            self._billers = billers

    @property
    def known(self) -> Known:
        return Known(self._today, self._billers)

    @property
    def here(self) -> str:
        """The field the cursor is in; empty where it is in none."""
        return next((name for name, field in self._fields.items() if field.entry.has_focus), "")

    def focus_on(self, name: str) -> None:
        self._fields[name].entry.focus()

    def entry(self, name: str) -> Entry:
        return self._fields[name].entry

    # -- what is asked

    def searches(self, like: JournalSearch) -> tuple[JournalSearch, ...]:
        """The search for each meaning of what is typed; none, with a complaint at the field, where something cannot be
        right."""
        try:
            return searches_of({name: field.entry.value for name, field in self._fields.items()}, self.known, like)
        except BadInput as error:
            self.complain(error)
            return ()

    def complain(self, error: TellerDeskError) -> bool:
        """Says at its field what is wrong with it; False where the error is about none. What is wrong with an empty
        field was typed into the one that takes anything."""
        named = error.field if isinstance(error, BadInput) else ""
        name = ERROR_FIELDS.get(named, named)
        if name not in self._fields:
            return False
        if not self._fields[name].entry.value.strip():
            name = "anything"
        self._say_wrong(name, says_error(error))
        self.focus_on(name)
        return True

    def put(self, search: JournalSearch) -> None:
        """Has the fields ask for `search`."""
        for name, text in typed_of(search, words_of(self).language).items():
            if name in self._fields:
                self._fields[name].entry.put(text)
        self._say_wrong("", nothing)

    def clear(self) -> None:
        self.put(JournalSearch())
        self.focus_on("anything")

    def speak(self) -> None:
        """The words stand in their fields as text: they change their language too."""
        for name in OF_WORDS:
            try:
                part = part_of(name, self._fields[name].entry.value, self.known)[0]
            except BadInput:
                continue
            said_as = typed_of(JournalSearch(**part), words_of(self).language)  # type: ignore[arg-type]
            self._fields[name].entry.put(said_as[name])

    # -- typing

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.id == self._wrong:
            if event.input.value == self._wrong_text:
                return  # word of it comes later than the key that had it checked
            self._say_wrong("", nothing)
        if event.input.has_focus:
            self._tell(str(event.input.id))
            self.post_message(self.Typed())

    def on_descendant_focus(self) -> None:
        if self.here and self.here != self._wrong:
            self._tell(self.here)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        name = str(event.input.id)
        if not self._right(name):
            return
        names = list(self._fields)
        if name == names[-1]:
            self.post_message(self.Complete())
        else:
            self.focus_on(names[names.index(name) + 1])

    def _right(self, name: str) -> bool:
        try:
            part_of(name, self._fields[name].entry.value, self.known)
        except BadInput as error:
            if error.message_id == "search.wrong.billers":
                self.open_list(name)
            self.complain(error)
            return False
        return True

    def _tell(self, name: str) -> None:
        """How what stands in the field is understood, as far as it is; what it takes while it is empty."""
        text = self._fields[name].entry.value.strip()
        takes = says(f"help.search.{name}")
        try:
            parts = part_of(name, text, self.known)
        except BadInput:
            self._say(takes)
            return
        meaning = meaning_of(name, parts, self.known) if text else nothing
        understood = joined([shown("→"), meaning]) if meaning is not nothing else nothing
        self._say(understood if text else takes)

    def _say(self, say: Say) -> None:
        """A line that says the same as before is left as it is: to lay a screen out anew costs more than a key."""
        if say(words_of(self)).plain != self._remark.text:
            self._remark.show(say)

    def _say_wrong(self, name: str, say: Say) -> None:
        if self._wrong in self._fields:
            self._fields[self._wrong].wrong(False)
        self._wrong = name
        self._wrong_text = self._fields[name].entry.value if name else ""
        self._remark.set_class(bool(name), "-error")
        self._remark.refresh(layout=True)
        if name:
            self._fields[name].wrong(True)
            self._remark.show(joined([shown("×"), says(f"search.{name}"), say]))

    # -- lists

    def action_down(self) -> None:
        if self.here in LISTED:
            self.open_list(self.here)
        else:
            self.post_message(self.ToRows())

    def action_to(self, by: int) -> None:
        names = list(self._fields)
        at = names.index(self.here) + by if self.here else 0
        self.focus_on(names[max(at, 0)])

    def open_list(self, name: str) -> bool:
        """What the field takes, to choose from; False where it has no list."""
        rows: tuple[Row, ...] = ()
        if name == "days":
            rows = tuple(Row(str(days), (shown(str(days)), _days_said(days))) for days in LAST_DAYS)
        elif name == "words":
            rows = tuple(Row(choice, (shown(str(at)), _choice_said(choice))) for at, choice in enumerate(CHOICES, 1))
        elif name == "method":
            rows = tuple(
                Row(method.value, (shown(str(at)), says(f"pay.method.{method.value.lower()}")))
                for at, method in enumerate(Method, 1)
            )
        elif name == "biller":
            rows = tuple(Row(each.code, (shown(each.code), said(each.name))) for each in self._billers)
        elif name == "branch_no":
            self.post_message(self.WantsBranches())
            return True
        if rows:
            self.choose(name, rows)
        return bool(rows)

    def choose(self, name: str, rows: tuple[Row, ...]) -> None:
        """Lays a list over the screen; what is chosen stands in the field, and the next one is gone to."""

        def chosen(key: str | None) -> None:
            if key is not None:
                text = {"words": word_text, "method": _method_text}.get(name, _as_it_is)(key, words_of(self).language)
                self._fields[name].entry.put(text)
                names = list(self._fields)
                self.focus_on(names[min(names.index(name) + 1, len(names) - 1)])

        self.app.push_screen(Choose(says(f"search.{name}"), (Column(6), Column(0)), rows), chosen)


def _days_said(days: int) -> Say:
    return says("search.today") if days == 1 else says("search.means.days", days=days)


def _choice_said(choice: str) -> Say:
    return lambda words: shown(word_text(choice, words.language))(words)


def _method_text(key: str, language: str) -> str:
    return typed_of(JournalSearch(method=Method(key)), language)["method"]


def _as_it_is(key: str, _language: str) -> str:
    return key
