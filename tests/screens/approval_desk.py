"""The way to the sheet of a payment that waits for its approval."""

from __future__ import annotations

from screens.approval_sheet import ApprovalSheet
from screens.sheet import Sheet
from tests.screens.approval_room import AWAITING
from tests.screens.counter import Counter
from tests.screens.stand_in import StandIn


def approving_desk() -> StandIn:
    """A desk whose rules want an approval for everything."""
    desk = StandIn()
    desk.outcome = AWAITING
    return desk


async def on_sheet(counter: Counter) -> ApprovalSheet:
    sheet = await counter.on(ApprovalSheet)
    await counter.until(lambda: sheet._approval is not None, "the request")
    await counter.settled()
    assert isinstance(sheet, ApprovalSheet)
    return sheet


async def prove(counter: Counter, code: str = "492039") -> None:
    """A supervisor keys number, password and one-time code."""
    await counter.type("3001")
    await counter.press("enter")
    await counter.type("training-3001")
    await counter.press("enter")
    await counter.type(code)


async def approve(counter: Counter) -> None:
    """A supervisor on the spot says yes."""
    await prove(counter)
    await counter.press("f10")


def _cropped(counter: Counter) -> str:
    """A sheet without what lies under it, any other screen whole."""
    screen = counter.app.screen
    if not isinstance(screen, Sheet):
        return counter.text()
    x, y, width, height = screen.query_one("#sheet").region
    strips = screen._compositor.render_strips()[y : y + height]
    return "\n".join(strip.crop(x, x + width).text.rstrip() for strip in strips)


async def shots_of(counter: Counter, *sizes: tuple[int, int]) -> list[str]:
    """What is in front, at each of `sizes` in both languages."""
    shots = []
    for size in sizes:
        if counter.app.size != size:
            await counter.pilot.resize_terminal(*size)
        for _ in range(2):
            await counter.still()
            shots.append(_cropped(counter))
            await counter.press("f11")
    return shots
