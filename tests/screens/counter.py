"""A teller at the screens: presses keys on purpose, and waits for what is seen instead of for time to pass."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from typing import Any

import pytest
from support.long_form import LONG
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from screens.app import TellerApp
from screens.base import DeskScreen
from screens.bill_payment import BillPayment
from screens.home import Home
from screens.outcome import Stage
from screens.sign_on import SignOnScreen
from tellerdesk.i18n import LANGUAGES
from tests.screens.stand_in import PASSWORD, HandClock, StandIn, front

PATIENCE_S = 30.0

_SIZES = {"80x24": (80, 24), "120x36": (120, 36)}
_LOOKED_AT = {("80x24", "zh_CN"), ("120x36", "en")}
LOOKS = pytest.mark.parametrize(
    ("size", "language"),
    [
        pytest.param(cells, language, id=f"{size}-{language}")
        for size, cells in _SIZES.items()
        for language in LANGUAGES
        if LONG or (size, language) in _LOOKED_AT
    ],
)
"""Each size and each language with every run; each with each in the long form."""


def acted(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs an async test in a loop of its own."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


class Counter:
    """One terminal with its stand-in desk and a clock that only moves when a key is meant."""

    def __init__(self, app: TellerApp, desk: StandIn, clock: HandClock, pilot: Pilot[int]) -> None:
        self.app, self.desk, self.clock, self.pilot = app, desk, clock, pilot
        self.pressed = 0

    async def press(self, *keys: str) -> None:
        """Each key on purpose, a second after the one before."""
        for key in keys:
            self.clock.advance(1.0)
            self.pressed += 1
            await self._send(key)

    async def bounce(self, *keys: str) -> None:
        """Keys that come faster than anyone decides."""
        await self._send(*keys)

    async def type(self, text: str) -> None:
        await self._send(*text)

    async def _send(self, *keys: str) -> None:
        """As the terminal's driver does, all at once; the pilot's own way sleeps after every key."""
        driver = self.app._driver
        assert driver is not None
        for key in keys:
            printable = len(key) == 1
            driver.send_message(events.Key(_character_to_key(key) if printable else key, key if printable else None))
        await self.settled()

    async def settled(self) -> None:
        """Waits until every key so far has done its work."""
        await asyncio.sleep(0)
        await self.pilot._wait_for_screen()
        while not self.app.key_order.idle and self.app._running:
            await asyncio.sleep(0.001)
        await self.pilot._wait_for_screen()

    async def until(self, seen: Callable[[], Any], what: str = "", patience_s: float = PATIENCE_S) -> Any:
        """Waits until `seen()` is true; fails with what is on the screen otherwise."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if result := seen():
                await self.pilot._wait_for_screen()
                await self._laid_out()
                return result
            await asyncio.sleep(0.005)
        raise AssertionError(f"never seen: {what or seen}\n{self.text()}")

    async def _laid_out(self) -> None:
        """Waits until what was hidden or shown is where it belongs: the frame that is next does that."""
        end = time.monotonic() + 1.0
        while time.monotonic() < end and self.app._running:
            screen = self.app.screen
            if not (screen._layout_required or screen._dirty_widgets):
                return
            await asyncio.sleep(0.002)

    async def on(self, kind: type[Any]) -> Any:
        """Waits until a screen of `kind` is in front and drawn."""
        await self.until(lambda: isinstance(self.app.screen, kind) and self.app.screen.is_running, kind.__name__)
        return self.app.screen

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.text(), text)

    async def still(self) -> str:
        """The screen once it has stopped changing."""
        before, now = "", self.text()
        while before != now:
            await self.settled()
            await asyncio.sleep(0.05)
            before, now = now, self.text()
        return now

    def text(self) -> str:
        """The screen as plain text, without blanks at the ends of lines."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    def sheet_text(self) -> str:
        """The sheet in front alone: what lies behind it is another screen's."""
        screen = self.app.screen
        region = screen.query_one("#sheet").region
        strips = screen._compositor.render_strips()[region.y : region.bottom]
        return "\n".join(strip.crop(region.x, region.right).text.rstrip() for strip in strips)

    @property
    def screen(self) -> DeskScreen:
        assert isinstance(self.app.screen, DeskScreen)
        return self.app.screen

    @property
    def form(self) -> BillPayment:
        """The payment form in front."""
        assert isinstance(self.app.screen, BillPayment)
        return self.app.screen

    # -- ways to get somewhere

    async def sign_on(self) -> None:
        await self.until(lambda: self.app.desk is not None, "the desk is open")
        await self.type("1001")
        await self.press("enter")
        await self.type(PASSWORD)
        await self.press("enter")
        await self.on(Home)
        await self.until(lambda: self.app.till_known and self.app.lights, "the frame is filled")

    async def start(self, code: str) -> None:
        await self.type(code)
        await self.press("enter")
        await self.until(lambda: not isinstance(self.app.screen, Home) and self.app.screen.is_running, code)

    async def look_up(self, biller: str = "1101", number: str = "07550031884620") -> None:
        """From an empty payment form to a bill on the screen."""
        await self.until(lambda: self.desk.count("billers"), "billers")
        await self.pilot.pause()
        await self.type(biller)
        await self.press("enter")
        await self.type(number)
        await self.press("enter")

    async def to_bill(self) -> None:
        """Signed on, and the bill on the screen; the keys pressed are counted from the transaction field on."""
        await self.sign_on()
        self.pressed = 0
        await self.start("2001")
        await self.look_up()
        await self.until(lambda: self.screen.has_class("-bill"), "the bill")

    async def to_collect(self) -> None:
        await self.to_bill()
        await self.press("enter")
        await self.until(lambda: self.screen.has_class("-collect"), "collecting")

    async def to_outcome(self, tendered: str = "1700") -> None:
        await self.to_collect()
        await self.type(tendered)
        await self.press("f10")
        await self.outcome()

    async def to_next_customer(self) -> None:
        """From an outcome whose paper is printed to the empty form."""
        await self.until(lambda: self.form.outcome.stage is Stage.CLEAR, "printed")
        await self.press("enter", "enter")
        await self.until(lambda: self.screen.has_class("-who"), "the empty form")

    async def outcome(self) -> None:
        """Waits until the outcome is shown and its paper, if any, is printed."""
        await self.until(
            lambda: (
                isinstance(self.app.screen, BillPayment)
                and self.screen.has_class("-done")
                and not self.screen.outcome.busy
                and self.screen.outcome.stage is not Stage.PRINTING
            ),
            "the outcome",
        )


@contextmanager
def drawn_when_looked_at() -> Iterator[None]:
    """Frames nobody looks at are laid out but not drawn; `Counter.text` draws the one there is. A fifth of the time."""

    def dropped(screen: Screen[Any]) -> None:
        screen._compositor._dirty_regions.clear()
        screen._dirty_widgets.clear()

    with pytest.MonkeyPatch.context() as patch:
        if not LONG:
            patch.setattr(Screen, "_compositor_refresh", dropped)
        yield


@asynccontextmanager
async def at_the_counter(
    desk: StandIn | None = None, size: tuple[int, int] = (80, 24), **changes: Any
) -> AsyncIterator[Counter]:
    """A running terminal of `size`; `changes` go into the settings of the first frame."""
    desk = desk or StandIn()
    clock = HandClock()
    app = TellerApp(front(**changes), lambda: desk, clock=clock)
    try:
        with drawn_when_looked_at():
            async with app.run_test(size=size, notifications=True) as pilot:
                counter = Counter(app, desk, clock, pilot)
                await counter.on(SignOnScreen)
                yield counter
                counter.text()
    finally:
        desk.close()
