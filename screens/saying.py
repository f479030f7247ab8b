"""How text gets onto the screen: always literal, always in the language of the moment.

A widget never holds a sentence, it holds a `Say`: something that makes the sentence from the catalogues of whatever
language is chosen. Switching the language asks every widget to speak again; nothing that was typed is touched.

Nothing here parses markup. A biller named `[@click=app.quit]` is that name, and a control character in it is shown
as U+FFFD.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from rich.cells import cell_len
from textual.content import Content

from tellerdesk.clock import branch_time
from tellerdesk.i18n import Bilingual, Message, Words
from tellerdesk.money import format_fen
from tellerdesk.text import clean

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tellerdesk.errors import TellerDeskError

Say = Callable[[Words], Content]
"""Makes a text in the language of the catalogues it is given."""

MOST = 2000
"""No single piece of third-party text on a screen is longer than this."""


@runtime_checkable
class Speaker(Protocol):
    """A widget that shows words and can show them again in another language."""

    def speak(self) -> None: ...


class _HasWords(Protocol):
    @property
    def words(self) -> Words: ...


def words_of(node: DOMNode) -> Words:
    """The catalogues of the language the app speaks now."""
    return cast("_HasWords", node.app).words


def literal(text: str, style: str = "") -> Content:
    """Any text as it is, cleaned of what is not plainly printable, never read as markup."""
    return Content.styled(clean(text, MOST), style)


def shown(text: str, style: str = "") -> Say:
    """The same text in every language: a name, a number, a serial."""
    content = literal(text, style)
    return lambda _words: content


def said(name: Bilingual, style: str = "") -> Say:
    """A name that comes with its own translations."""
    return lambda words: literal(name.said(words.language), style)


def says(message_id: str, style: str = "", /, **args: str | int | Bilingual) -> Say:
    """The sentence `message_id`, its places filled with cleaned arguments."""
    safe = {name: _clean_argument(arg) for name, arg in args.items()}
    return lambda words: Content.styled(words(message_id, **safe), style)


def says_message(message: Message, style: str = "") -> Say:
    return says(message.id, style, **message.args)


def says_error(error: TellerDeskError, style: str = "") -> Say:
    return says(error.message_id, style, **error.args_by_name)


def money(fen: int, style: str = "") -> Say:
    return shown(format_fen(fen), style)


def clock_time(instant: datetime, style: str = "", *, seconds: bool = False) -> Say:
    """An instant on the branch's wall clock."""
    return shown(f"{branch_time(instant):%H:%M:%S}" if seconds else f"{branch_time(instant):%H:%M}", style)


def joined(parts: Iterable[Say], between: str = " ") -> Say:
    """Several texts one after the other; empty ones leave no gap."""
    kept = list(parts)

    def say(words: Words) -> Content:
        made = [content for content in (part(words) for part in kept) if content.plain]
        return Content(between).join(made) if made else Content.empty()

    return say


def nothing(_words: Words) -> Content:
    return Content.empty()


def fitted(content: Content, width: int, align: str = "left") -> Content:
    """`content` in exactly `width` cells: padded, or cut with an ellipsis."""
    if content.cell_length > width:
        content = content.truncate(max(width, 0), ellipsis=True)
    gap = max(width - content.cell_length, 0)
    return content.pad_left(gap) if align == "right" else content.pad_right(gap)


def width_of(text: str) -> int:
    """Cells, not characters: a Han character is two wide."""
    return cell_len(text)


def _clean_argument(arg: str | int | Bilingual) -> str | int | Bilingual:
    if isinstance(arg, Bilingual):
        return Bilingual(clean(arg.zh_CN, MOST), clean(arg.en, MOST))
    return clean(arg, MOST) if isinstance(arg, str) else arg
