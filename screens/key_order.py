"""Keys in the order they were meant.

Textual hands each key to whatever has the focus when the key arrives, but a key that moves the focus does so some
messages later. A number and Enter from a scanner, or keys that queued up behind a slow line, would fall into the field
before the one they were typed for. So after a key that may move the focus, later keys wait until it has.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import events

from screens.actions import ACTIONS

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

    from screens.app import TellerApp

MOVING = frozenset({"enter", "tab", "shift+tab", "escape"}.union(*(action.keys for action in ACTIONS.values())))
ROUNDS = 6
LONGEST_S = 3.0
"""A screen that opens for the first time on a busy machine may take long; keys must not hang for ever."""
LOOK_S = 0.02
"""How often a node that has been asked is looked at: one that is taken down meanwhile never answers."""

Typed = events.Key | events.Paste


class KeyOrder:
    """Holds keys back while one that may move the focus is still at work."""

    def __init__(self, app: TellerApp, take: Callable[[Typed, float], Awaitable[None]]) -> None:
        self._app = app
        self._take = take
        self._held: deque[tuple[Typed, float]] = deque()
        self._settling: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """True when every key so far has done its work."""
        return self._settling is None and not self._held

    async def arrived(self, event: Typed, at_s: float) -> None:
        """A key or paste from the terminal, which came at `at_s`."""
        if self._settling is not None:
            self._held.append((event, at_s))
        else:
            await self._pass_on(event, at_s)

    async def _pass_on(self, event: Typed, at_s: float) -> None:
        await self._take(event, at_s)
        if isinstance(event, events.Key) and event.key in MOVING:
            self._settling = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_S):
                for _ in range(ROUNDS):
                    before = (self._app.screen, self._app.focused)
                    await self._work_off()
                    if before == (self._app.screen, self._app.focused):
                        break
        except TimeoutError:
            pass
        self._app.call_later(self._release)

    async def _work_off(self) -> None:
        """Lets the messages of one key run their way up from the focused widget to the app."""
        screen, focused = self._app.screen, self._app.focused
        await screen._mounted_event.wait()
        nodes: list[MessagePump] = list((focused or screen).ancestors_with_self)
        for node in nodes:
            # Twice: what a message makes its own widget post stands behind the first look.
            for _ in range(2):
                await _passed(node)

    async def _release(self) -> None:
        self._settling = None
        while self._held and self._settling is None:
            await self._pass_on(*self._held.popleft())


async def _passed(node: MessagePump) -> None:
    """Until what `node` has been sent so far is worked off, or it has been taken down."""
    passed = asyncio.Event()
    if not node.call_later(passed.set):
        return
    while node.is_running and not passed.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(passed.wait(), LOOK_S)
