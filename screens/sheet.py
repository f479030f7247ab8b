"""What sheets laid over a screen share: language and lock work on them too."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.screen import ModalScreen

from screens.actions import bindings

R = TypeVar("R")


class Sheet(ModalScreen[R]):
    """A modal screen stops the app's keys; these two must work everywhere."""

    BINDINGS: ClassVar = bindings("language", "lock")
    AUTO_FOCUS = ""
    ALLOW_SELECT = False

    async def action_language(self) -> None:
        await self.app.run_action("app.language")

    async def action_lock(self) -> None:
        await self.app.run_action("app.lock")
