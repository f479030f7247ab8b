"""The open question under the cursor: all that is known of it, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from screens.actions import ACTIONS
from screens.saying import Say, fitted, says, words_of
from screens.widgets.figures import Figure, Figures
from screens.widgets.flow import GAP, flowing
from screens.widgets.line import Line
from tellerdesk.i18n import Words
from tellerdesk.questions.views import QuestionAct

ACTION_OF: dict[QuestionAct, str] = {
    QuestionAct.EXPLAIN: "submit",
    QuestionAct.ASK_AGAIN: "again",
    QuestionAct.HAND_BACK: "hand_back",
    QuestionAct.SUSPEND: "suspend",
    QuestionAct.REFUND: "refund",
    QuestionAct.RETRY: "retry",
    QuestionAct.SETTLE: "settle",
    QuestionAct.CANCEL: "undo",
}
"""The action of the registry that does it, in the order they are offered."""


class Acts(Widget):
    """What may be done now, each with its key: a sentence each where there is room, else one after the other. A click
    on one is its key."""

    DEFAULT_CSS = """
    Acts { height: auto; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._acts: tuple[QuestionAct, ...] = ()

    def show(self, acts: Iterable[QuestionAct]) -> None:
        given = frozenset(acts)
        offered = tuple(act for act in ACTION_OF if act in given)
        if offered != self._acts:
            self._acts = offered
            self.refresh(layout=True)

    def speak(self) -> None:
        self.refresh(layout=True)

    @property
    def text(self) -> str:
        return "\n".join(line.plain for line, _ in self._drawn(self.size.width or 76))

    def _drawn(self, width: int) -> list[tuple[Content, list[tuple[int, int, str]]]]:
        """The lines for `width` cells, each with where the actions stand in it."""
        words = words_of(self)
        roomy = self.screen.has_class("-tall") and self.screen.has_class("-wide")
        return self._one_each(words) if roomy else self._flowing(words, width)

    def _one_each(self, words: Words) -> list[tuple[Content, list[tuple[int, int, str]]]]:
        lines = []
        longest = max((_label(act)(words).cell_length for act in self._acts), default=0)
        for act in self._acts:
            line = _cap(act, 3) + fitted(_label(act)(words), longest) + Content(" " * GAP) + _sentence(act)(words)
            lines.append((line, [(0, line.cell_length, ACTION_OF[act])]))
        return lines

    def _flowing(self, words: Words, width: int) -> list[tuple[Content, list[tuple[int, int, str]]]]:
        names = iter([ACTION_OF[act] for act in self._acts])
        lines = []
        for line in flowing((_cap(act) + _label(act)(words) for act in self._acts), width):
            text = Content(" " * GAP).join([cell for _, cell in line])
            lines.append((text, [(at, at + cell.cell_length, next(names)) for at, cell in line]))
        return lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's signature)
        return len(self._drawn(width))

    def render(self) -> Content:
        return Content("\n").join([line for line, _ in self._drawn(self.content_size.width)])

    async def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        drawn = self._drawn(self.content_size.width)
        if at is not None and at.y < len(drawn):
            for start, end, name in drawn[at.y][1]:
                if start <= at.x < end:
                    await self.screen.run_action(name)


def _cap(act: QuestionAct, width: int = 0) -> Content:
    return Content.styled(ACTIONS[ACTION_OF[act]].shown.ljust(width), "bold $accent") + Content(" ")


_OTHERWISE = frozenset({QuestionAct.ASK_AGAIN, QuestionAct.EXPLAIN, QuestionAct.CANCEL})
"""Done by keys that are called something else on other screens."""


def _label(act: QuestionAct) -> Say:
    return says(f"question.act.{act.value.lower()}" if act in _OTHERWISE else ACTIONS[ACTION_OF[act]].label)


def _sentence(act: QuestionAct) -> Say:
    sentence = f"question.act.{act.value.lower()}.help" if act in _OTHERWISE else ACTIONS[ACTION_OF[act]].help
    return says(sentence, "$secondary")


class QuestionPanel(Vertical):
    """What it is, what is known, what may be done. The middle pages; the rest always stands."""

    def compose(self) -> ComposeResult:
        yield Line(id="head")
        with VerticalScroll(id="what", can_focus=False):
            yield Figures(id="known", text_label_width=None)
        yield Acts(id="acts")

    def show(self, head: Say, figures: Iterable[Figure], acts: Iterable[QuestionAct]) -> None:
        self.query_one("#head", Line).show(head)
        self.query_one("#known", Figures).show(figures)
        self.query_one(Acts).show(acts)

    def home(self) -> None:
        """Back to its beginning."""
        self.query_one("#what", VerticalScroll).scroll_home(animate=False)
