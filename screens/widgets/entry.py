"""Fields people type into."""

from __future__ import annotations

import unicodedata

from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import Input

from screens.saying import Say, nothing, width_of, words_of
from tellerdesk.text import is_plain

MOST = 120
"""No field takes more characters; what is right for a field is checked where it is used."""


class Entry(Input):
    """A one-line field that folds full-width digits as they come and cleans a paste before anything drops it.

    A plain text field on purpose: the stock numeric types turn `１２．５` into `125`, keep `1e5`, and drop a pasted
    number with a space in it whole.
    """

    DEFAULT_CSS = """
    Entry { border: none; height: 1; padding: 0 1; background: $field; color: $foreground; width: 32; }
    Entry:focus { border: none; background: $field-focus; background-tint: $field-focus 0%; color: #ffffff; }
    Entry:disabled { background: $background 0%; color: $foreground; text-style: none; opacity: 100%; }
    Entry > .input--placeholder { color: $secondary; }
    """

    class PasteRefused(Message):
        """A paste held what no one types (control characters, direction overrides) or was too long."""

        def __init__(self, entry: Entry, message_id: str) -> None:
            super().__init__()
            self.entry = entry
            self.message_id = message_id

        @property
        def control(self) -> Entry:
            return self.entry

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        hint: Say = nothing,
        password: bool = False,
        spaces: bool = True,
    ) -> None:
        super().__init__(password=password, max_length=MOST, select_on_focus=True, id=id, compact=False)
        self.cursor_blink = False
        self._hint = hint
        self._spaces = spaces

    def on_mount(self) -> None:
        self.speak()

    def speak(self) -> None:
        self.placeholder = self._hint(words_of(self)).plain

    def hint(self, say: Say) -> None:
        self._hint = say
        if self.is_mounted:
            self.speak()

    def put(self, text: str) -> None:
        """Replaces what stands here, as the program."""
        self.value = text
        self.cursor_position = len(text)

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(self.fold(text), start, end)

    def fold(self, text: str) -> str:
        """Full-width digits and signs to ASCII, compatibility forms to their plain ones."""
        return unicodedata.normalize("NFKC", text)

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = self.fold(" ".join(event.text.split()))
        if not self._spaces:
            text = text.replace(" ", "")
        if not all(is_plain(char) for char in text):
            self.post_message(self.PasteRefused(self, "entry.paste_not_plain"))
        elif len(text) + len(self.value) - len(self.selected_text) > MOST:
            self.post_message(self.PasteRefused(self, "entry.paste_too_long"))
        elif text:
            self.replace(text, *self.selection)

    def _on_focus(self, event: events.Focus) -> None:
        super()._on_focus(event)
        # The layout of the step that gave this field the focus comes after it: only then is its place known, and the
        # window of an input method opens at the terminal's cursor.
        self.call_after_refresh(self.place_cursor)

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the block cursor is drawn; the stock field is one cell off at the end of its text."""
        x, y, _width, _height = self.content_region
        return Offset(x + width_of(self.value[: self.cursor_position]) - self.scroll_offset.x, y)

    def place_cursor(self) -> None:
        if self.has_focus:
            self.app.cursor_position = self.cursor_screen_offset


class PasswordEntry(Entry):
    """A field whose text cannot leave it: the stock one hands a hidden password to the clipboard in clear."""

    def __init__(self, *, id: str | None = None, hint: Say = nothing) -> None:  # noqa: A002
        super().__init__(id=id, hint=hint, password=True)

    def fold(self, text: str) -> str:
        return text

    def action_copy(self) -> None:
        self.app.bell()

    def action_cut(self) -> None:
        self.app.bell()

    def looks_shouted(self) -> bool:
        """Only capitals so far: the caps lock may be on, which a terminal does not tell."""
        letters = [char for char in self.value if char.isalpha()]
        return len(letters) >= 3 and all(char.isupper() for char in letters)
