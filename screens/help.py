"""F1: what this screen does, what each field takes, what can go wrong, which keys work."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from screens.actions import ACTIONS
from screens.base import DeskScreen, HelpPage
from screens.saying import Say, fitted, says, shown
from screens.sheet import Sheet
from screens.widgets.line import Line
from tellerdesk.i18n import Words

LABEL = 18
TEXT = 66


class HelpScreen(Sheet[None]):
    """A sheet over the screen it explains. Esc or F1 takes it away."""

    CSS_PATH: ClassVar = ["task.tcss", "help.tcss"]
    AUTO_FOCUS = "#page"
    BINDINGS: ClassVar = [
        Binding("escape,f1,f3,ctrl+g,ctrl+r,enter", "close", show=False),
        Binding("f7", "page(-1)", show=False),
        Binding("f8", "page(1)", show=False),
    ]

    def __init__(self, about: DeskScreen) -> None:
        super().__init__()
        self._page: HelpPage = about.PAGE
        self._name = about.NAME
        self._keys = about.working_keys()

    def compose(self) -> ComposeResult:
        page = self._page
        with Vertical(id="sheet"):
            yield Line(says(self._name or "help.title"), id="help-title")
            with VerticalScroll(id="page"):
                yield Line(says(page.what))
                if page.fields:
                    yield Line(says("help.fields"), classes="head")
                    for label, text in page.fields:
                        yield Line(_entry(says(label), says(text)))
                if page.wrong:
                    yield Line(says("help.wrong"), classes="head")
                    for text in page.wrong:
                        yield Line(_entry(shown("·"), says(text), 2))
                yield Line(says("help.keys"), classes="head")
                own = dict(page.keys)
                for name in self._keys:
                    yield Line(_key(name, own.get(name, ACTIONS[name].help)))
            yield Line(says("help.close"), id="close")

    def action_close(self) -> None:
        self.dismiss(None)

    def action_page(self, pages: int) -> None:
        page = self.query_one("#page", VerticalScroll)
        page.scroll_page_down(animate=False) if pages > 0 else page.scroll_page_up(animate=False)


def _entry(label: Say, text: Say, label_width: int = LABEL) -> Say:
    """A label in a column of its own, the text beside it, its further lines under its first."""

    def say(words: Words) -> Content:
        head = fitted(label(words), label_width).stylize("$accent")
        lines = text(words).wrap(TEXT - label_width)
        indent = Content(" " * label_width)
        return Content("\n").join([(head if index == 0 else indent) + line for index, line in enumerate(lines)])

    return say


def _key(name: str, help: str) -> Say:  # noqa: A002 (what the registry calls it)
    action = ACTIONS[name]
    ways = f"{action.shown} · {action.second}" if action.second else action.shown
    return _entry(lambda _words: Content(ways), says(help))
