"""What every screen of the desk shares: the frame around it, the note line, the keys, and how it waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.screen import Screen

from screens.actions import ACTIONS, bindings
from screens.frame import KeyBar, TopLine
from screens.saying import Say, nothing, says, says_error, shown
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.line import Line
from tellerdesk.errors import BadInput, TellerDeskError
from tellerdesk.serials import SERIAL_LENGTH

if TYPE_CHECKING:
    from screens.app import TellerApp
    from screens.desk_port import DeskPort
    from tellerdesk.bills.views import PaymentView

T = TypeVar("T")

WIDE = 104
TALL = 30
LEAST = (80, 24)
"""Columns and rows below which a sentence stands in place of a screen that could not be read whole."""


@dataclass(frozen=True, slots=True)
class HelpPage:
    """F1 for one screen, as message ids: what it does, what each field takes, what can go wrong."""

    what: str
    fields: tuple[tuple[str, str], ...] = ()
    wrong: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    """What an action does here, by its name, where that is not what it does elsewhere."""


def serial_in(error: TellerDeskError) -> str:
    """The serial an error's sentence names, as it is kept; empty where it names none."""
    serial = str(error.args_by_name.get("serial", "")).replace(" ", "")
    return serial if len(serial) == SERIAL_LENGTH and serial.isascii() and serial.isdigit() else ""


class DeskScreen(Screen[None]):
    """One screen, one task. `KEYS` are the actions its key bar shows, in order."""

    CODE: ClassVar[str] = ""
    NAME: ClassVar[str] = ""
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "language", "lock")
    PAGE: ClassVar[HelpPage]
    BINDINGS = bindings("back", "cancel")
    AUTO_FOCUS = ""
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.busy = False
        self.too_small = False
        self.named_serial = ""
        """The transaction the note names, which can be opened to its story."""

    @property
    def desk_app(self) -> TellerApp:
        return cast("TellerApp", self.app)

    def compose(self) -> ComposeResult:
        self._fit(self.app.size)  # known before the first layout, so that nothing is styled twice
        yield TopLine()
        if self.NAME:
            with Horizontal(id="title"):
                if self.CODE:
                    yield Line(shown(self.CODE), classes="code")
                yield Line(says(self.NAME), classes="name")
                yield Line(id="steps")
        with Vertical(id="body"):
            yield from self.compose_body()
        yield Line(id="note")
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """The task itself, between the title and the note."""
        yield from ()

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        """Classes for the window there is; too small a one is covered by a sentence."""
        self.too_small = size.width < LEAST[0] or size.height < LEAST[1]
        wide, tall = size.width >= WIDE, size.height >= TALL
        self.update_classes(
            {"-narrow": not wide, "-wide": wide, "-short": not tall, "-tall": tall, "-tiny": self.too_small}
        )
        if self.too_small and self.is_mounted and not self.query("#tiny"):
            self.mount(Line(says("frame.tiny"), id="tiny"))

    def on_mount(self) -> None:
        self._fit(self.app.size)

    # -- words

    def note(self, say: Say = nothing, level: str = "quiet", *, serial: str = "") -> None:
        """The line above the keys: `quiet`, `good`, `warn` or `error`. `serial` is the transaction it names."""
        line = self.query_one("#note", Line)
        if serial != self.named_serial:
            self.named_serial = serial
            self.refresh_keys()
        line.set_classes(f"-{level}")
        line.show(say)

    @property
    def note_text(self) -> str:
        return self.query_one("#note", Line).text

    def complain(self, error: TellerDeskError, fields: dict[str, Field] | None = None) -> None:
        """Shows an error where it belongs: at its field, or in the note line."""
        field = (fields or {}).get(error.field) if isinstance(error, BadInput) else None
        if field is None:
            self.note(says_error(error), "error", serial=serial_in(error))
        else:
            field.complain(says_error(error))
            field.entry.focus()

    def key_label(self, name: str) -> Say:
        """What the key bar calls an action here."""
        return says(ACTIONS[name].label)

    def working_keys(self) -> tuple[str, ...]:
        """The actions that work now, in the order of the key bar."""
        return self.KEYS

    def refresh_keys(self) -> None:
        self.query_one(KeyBar).refresh()

    # -- calls

    def look(
        self, call: Callable[[DeskPort], T], done: Callable[[T], None], failed: Callable[[TellerDeskError], None]
    ) -> None:
        """A call that only looks."""
        self.desk_app.look(self, call, done, failed)

    def open_story(self, serial: str) -> None:
        """Every step of the transaction with this serial, on a screen of its own."""
        who = self.desk_app.who
        if who is not None and not self.refuse_while_busy():
            self.look(lambda desk: desk.bills.payment(who, serial), self._story_seen, self.failed_quietly)

    def _story_seen(self, payment: PaymentView) -> None:
        from screens.payment_story import PaymentStory

        if self.is_active:
            self.app.push_screen(PaymentStory(payment))

    def failed_quietly(self, error: TellerDeskError) -> None:
        """For looks nobody waits for."""
        self.note(says_error(error), "warn")

    def refuse_while_busy(self) -> bool:
        """True, with a sentence, while a counterpart is being asked: nothing may leave this screen."""
        if self.busy:
            self.note(says("busy.stay"), "warn")
            self.app.bell()
        return self.busy

    # -- keys

    def action_back(self) -> None:
        """Leaves the task."""
        if not self.refuse_while_busy():
            self.desk_app.go_home()

    def action_cancel(self) -> None:
        """One step back; from the first step, leaves the task."""
        self.action_back()

    def on_entry_paste_refused(self, event: Entry.PasteRefused) -> None:
        event.stop()
        self.note(says(event.message_id), "error")
        self.app.bell()
