"""One entry of the journal opened to its story, to be read."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.saying import joined, nothing, says
from screens.search_story import figures_of, leg_said
from screens.widgets.figures import Figures
from screens.widgets.line import Line
from tellerdesk.search.views import JournalStory


class JournalStoryScreen(DeskScreen):
    """Over the list it was opened from. A refund, a late answer, another branch's payment: nothing can be done here."""

    NAME = "tx.story"
    CSS_PATH = "journal_story.tcss"
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "page_up", "page_down", "language", "lock")
    BINDINGS: ClassVar = bindings("page_up", "page_down")
    AUTO_FOCUS = "#whole"
    PAGE = HelpPage(what="help.journal_story")

    def __init__(self, story: JournalStory) -> None:
        super().__init__()
        self._story = story

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="whole"):
            yield Figures(text_label_width=None, id="of")
            yield Line(says("search.row.steps") if self._story.legs else nothing, classes="head")
            yield Line(joined([leg_said(leg, whole=True) for leg in self._story.legs], "\n"), id="steps-taken")

    def on_mount(self) -> None:
        self.query_one("#of", Figures).show(figures_of(self._story))

    def action_back(self) -> None:
        """To where it was opened from."""
        self.app.pop_screen()

    def action_page_up(self) -> None:
        self.query_one("#whole", VerticalScroll).scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        self.query_one("#whole", VerticalScroll).scroll_page_down(animate=False)
