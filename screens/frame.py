"""The frame around every screen: who and where on top, the keys that work at the bottom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from textual import events
from textual.content import Content
from textual.widget import Widget

from screens.actions import ACTIONS
from screens.saying import fitted, literal, said
from tellerdesk.clock import branch_time
from tellerdesk.i18n import Words
from tellerdesk.links.lights import Light, LightState

if TYPE_CHECKING:
    from screens.app import TellerApp
    from screens.base import DeskScreen

DOT = {
    LightState.UP: ("●", "$success"),
    LightState.SLOW: ("◐", "$warning"),
    LightState.DOWN: ("×", "$error"),
    LightState.UNKNOWN: ("○", "$secondary"),
}
WORST_FIRST = (LightState.DOWN, LightState.SLOW, LightState.UP, LightState.UNKNOWN)


def one_light(light: Light, words: Words) -> Content:
    """A dot and a name; a word too where it is slow or down. The dots differ in shape, so that colour is never the only
    signal; a hollow one has not been asked yet."""
    dot, style = DOT[light.state]
    name = said(light.name)(words)
    if light.state in {LightState.UP, LightState.UNKNOWN}:
        return Content.styled(dot, style) + Content(" ") + name
    word = words(f"light.{light.state.value.lower()}")
    return Content.styled(f"{dot} ", style) + (name + Content(f" {word}")).stylize_before(style)


def summed_light(lights: Iterable[Light], words: Words) -> Content:
    """All lights as one: the worst is told by name, several by their number. Those nobody has asked lately say nothing,
    unless they are all there is."""
    seen = tuple(lights)
    for state in WORST_FIRST:
        here = [light for light in seen if light.state is state]
        if not here:
            continue
        if state is LightState.UP:
            dot, style = DOT[state]
            return Content.styled(f"{dot} {words('frame.lights.ok')}", style)
        dot, style = DOT[state]
        if state is LightState.UNKNOWN:
            return Content.styled(f"{dot} {words('frame.lights.unasked')}", style)
        if len(here) == 1:
            return one_light(here[0], words)
        word = words(f"light.{state.value.lower()}")
        return Content.styled(f"{dot} {words('frame.lights.several', count=len(here), word=word)}", style)
    return Content.empty()


class TopLine(Widget):
    """Bank, branch, teller, till, accounting date, mode and lights: the richest form that fits the width."""

    DEFAULT_CSS = """
    TopLine { height: 1; background: $panel; color: $foreground; padding: 0 1; dock: top; }
    """

    def speak(self) -> None:
        self.refresh()

    def render(self) -> Content:
        width = self.content_size.width
        app = cast("TellerApp", self.app)
        for rich in (4, 3, 2, 1, 0, -1):
            left, right = self._left(app, rich), self._right(app, rich)
            if left.cell_length + 2 + right.cell_length <= width:
                break
        return fitted(left, max(width - right.cell_length - 1, 0)) + Content(" ") + right

    def _left(self, app: TellerApp, rich: int) -> Content:
        front, words = app.front, app.words
        branch = literal(front.branch.said(words.language), "bold" if rich < 2 else "")
        parts = [branch]
        if rich > 0:
            parts.append(literal(front.branch_no))
        if rich > 1:
            parts.insert(0, literal(front.bank.said(words.language), "bold"))
        if front.training:
            parts.insert(0, Content.styled(f" {words('frame.training')} ", "bold $background on $accent"))
        return Content(" ").join(parts)

    def _right(self, app: TellerApp, rich: int) -> Content:
        parts = [*self._approvals(app), *self._person(app, rich), self._date(app, rich)]
        if app.locked or app.who is None:
            parts = [self._date(app, rich)]
        if rich > 2:
            parts.append(Content("  ").join([one_light(light, app.words) for light in app.lights]))
        else:
            parts.append(summed_light(app.lights, app.words))
        return Content("   " if rich > 3 else "  ").join([part for part in parts if part.plain])

    def _person(self, app: TellerApp, rich: int) -> list[Content]:
        who, words = app.who, app.words
        if who is None:
            return []
        label = [Content(words("frame.teller"))] if rich > 1 else []
        if rich < 0:
            return [literal(who.staff_no)]
        till = Content(words("frame.till", till_no=app.front.till_no))
        if app.till_known and app.till is None:
            till += Content(" ") + Content.styled(words("frame.till.shut"), "$warning")
        return [Content(" ").join([*label, literal(who.staff_no), literal(who.name)]), till]

    def _approvals(self, app: TellerApp) -> list[Content]:
        """How many requests wait for who is here."""
        if not app.approvals_waiting:
            return []
        return [Content.styled(app.words("frame.approvals", count=app.approvals_waiting), "bold $accent")]

    def _date(self, app: TellerApp, rich: int) -> Content:
        words, day = app.words, app.accounting_date
        label = Content(words("frame.date") + " ") if rich > 1 else Content.empty()
        if day is None:
            return label + Content("—") if rich > 1 else Content.empty()
        if day == branch_time(app.clock.now()).date():
            return label + Content(day.isoformat())
        return label + Content.styled(
            f" {day.isoformat()} {words('frame.date.differs')} ", "bold $alarm-text on $alarm"
        )


class KeyBar(Widget):
    """The keys that work here and now. A click on one is the key."""

    DEFAULT_CSS = """
    KeyBar { height: 1; background: $panel; color: $foreground; padding: 0 1; dock: bottom; }
    """

    def speak(self) -> None:
        self.refresh()

    def cells(self) -> list[tuple[str, Content]]:
        """Each action with what the bar shows of it."""
        screen = cast("DeskScreen", self.screen)
        words = screen.desk_app.words
        return [
            (name, Content.styled(ACTIONS[name].shown, "bold $accent") + Content(" ") + screen.key_label(name)(words))
            for name in screen.working_keys()
        ]

    def gap(self) -> int:
        wide = sum(content.cell_length for _, content in self.cells()) + 3 * len(self.cells())
        return 3 if wide <= self.content_size.width else 2

    def render(self) -> Content:
        return Content(" " * self.gap()).join([content for _, content in self.cells()])

    async def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        start = 0
        for name, content in self.cells():
            if at is not None and start <= at.x < start + content.cell_length:
                await self.screen.run_action(name if hasattr(self.screen, f"action_{name}") else f"app.{name}")
                return
            start += content.cell_length + self.gap()
