"""1003: lock the desk, change the language, the contrast, the own password."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from screens.actions import ACTIONS
from screens.base import DeskScreen, HelpPage
from screens.saying import says, shown
from screens.widgets.ledger import Column, Ledger, Row

CHOICES = ("lock", "language", "contrast", "password")


class DeskSettings(DeskScreen):
    """Four things to choose from, by the arrow keys and Enter."""

    CODE = "1003"
    NAME = "tx.1003"
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "language", "lock")
    PAGE = HelpPage(
        what="help.settings",
        fields=(
            ("settings.lock", "key.lock.help"),
            ("settings.language", "key.language.help"),
            ("settings.contrast", "help.settings.contrast"),
            ("settings.password", "help.settings.password"),
        ),
    )

    def compose_body(self) -> ComposeResult:
        yield Ledger((Column(24), Column(0)), id="choices")

    def on_mount(self) -> None:
        choices = self.query_one(Ledger)
        choices.show(
            Row(name, (says(f"settings.{name}"), shown(ACTIONS[name].shown if name in ACTIONS else "", "$secondary")))
            for name in CHOICES
        )
        choices.focus()

    async def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        event.stop()
        if event.key == "password":
            from screens.new_password import NewPassword

            self.app.push_screen(NewPassword())
            return
        if event.key == "lock":
            self.desk_app.go_home()
        await self.app.run_action(f"app.{event.key}")
