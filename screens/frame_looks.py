"""What the top line shows, asked again every few seconds: the lights, the accounting date, how many approvals wait."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tellerdesk.staff.states import MAY, Permission

if TYPE_CHECKING:
    from screens.app import TellerApp
    from tellerdesk.links.lights import Light
    from tellerdesk.staff.views import SignedOn


class FrameLooks:
    """Looks nobody waits for: one that fails leaves what was known."""

    def __init__(self, app: TellerApp) -> None:
        self._app = app

    def look(self) -> None:
        app = self._app
        if app.desk is not None and app.is_running:
            app.look(
                app.screen_stack[0],
                lambda desk: (desk.lights(), desk.accounting_date()),
                self._lights_seen,
                lambda _error: None,
            )
        self.look_at_approvals()

    def look_at_approvals(self) -> None:
        """How many wait for who is here; asked only for who decides at all, and not behind a lock."""
        app = self._app
        who = app.who
        if who is not None and not app.locked and app.is_running and Permission.DECIDE_APPROVAL in MAY[who.role]:
            app.look(
                app.screen_stack[0],
                lambda desk: desk.approvals.waiting_count(who),
                lambda count: self._approvals_seen(who, count),
                lambda _error: None,
            )

    def _lights_seen(self, seen: tuple[tuple[Light, ...], date | None]) -> None:
        app = self._app
        if seen != (app.lights, app.accounting_date):
            app.lights, app.accounting_date = seen
            app.refresh_frame()

    def _approvals_seen(self, who: SignedOn, count: int) -> None:
        """A bell where another one waits, once."""
        app = self._app
        if who is not app.who or count == app.approvals_waiting:
            return
        if count > app.approvals_waiting and not app.locked:
            app.bell()
        app.approvals_waiting = count
        app.refresh_frame()
