"""What sheets laid over a screen share: language, lock and approvals work on them too."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.screen import ModalScreen

from screens.actions import bindings

if TYPE_CHECKING:
    from screens.app import TellerApp

R = TypeVar("R")


class Sheet(ModalScreen[R]):
    """A modal screen stops the app's keys; these must work everywhere."""

    BINDINGS: ClassVar = bindings("language", "lock", "approvals")
    AUTO_FOCUS = ""
    ALLOW_SELECT = False
    _held: tuple[R] | None = None

    @property
    def desk_app(self) -> TellerApp:
        return cast("TellerApp", self.app)

    def leave(self, result: R) -> None:
        """Closes with `result`: now, or as soon as nothing stands over it any more. A plain dismissal that comes of an
        answer would close what stands over it, be it the lock."""
        if self.is_active:
            self.dismiss(result)
        else:
            self._held = (result,)

    def on_screen_resume(self) -> None:
        if self._held is not None:
            (result,) = self._held
            self._held = None
            self.dismiss(result)

    async def action_language(self) -> None:
        await self.app.run_action("app.language")

    async def action_lock(self) -> None:
        await self.app.run_action("app.lock")

    async def action_approvals(self) -> None:
        await self.app.run_action("app.approvals")
