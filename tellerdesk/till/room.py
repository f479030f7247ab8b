"""The till, as far as it goes now: opened with an amount, and its balance derived from its movements."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import Clock
from tellerdesk.errors import BadInput, Conflict
from tellerdesk.money import MAX_FEN, format_fen
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.till.commands import OpenTill
from tellerdesk.till.drawer import SESSION, Drawer
from tellerdesk.till.views import TillView


class TillRoom:
    """A teller's own till."""

    def __init__(self, store: Store, staff: StaffRoom, audit: AuditTrail, clock: Clock, drawer: Drawer) -> None:
        self.staff = staff
        self._store = store
        self._audit = audit
        self._clock = clock
        self._drawer = drawer

    @permits(Permission.OPEN_TILL)
    def open(self, who: SignedOn, command: OpenTill) -> TillView:
        """Opens the workstation's till for this teller. A repeated request id gives the same session.

        Raises Conflict where the till is open already or the teller has another one open.
        """
        if not 0 <= command.amount_fen <= MAX_FEN:
            raise BadInput("error.amount.too_large", field="amount", most=format_fen(MAX_FEN))
        with self._store.write("till.open") as unit:
            connection = unit.connection
            asked = connection.execute(select(SESSION).where(SESSION.c.request_id == command.request_id)).first()
            if asked is not None:
                if asked._mapping["opening_fen"] != command.amount_fen:
                    raise Conflict("error.till.other_contents")
                return self._view(connection, int(asked._mapping["id"]))
            values = {
                "branch_no": who.branch_no,
                "till_no": who.till_no,
                "staff_no": who.staff_no,
                "opening_fen": command.amount_fen,
                "opened_at": self._clock.now(),
                "request_id": command.request_id,
            }
            try:
                session_id = connection.execute(insert(SESSION).values(values).returning(SESSION.c.id)).scalar_one()
            except IntegrityError:
                raise Conflict("error.till.already_open", till=who.till_no) from None
            self._audit.write(
                unit.session,
                who.staff_no,
                "till.opened",
                f"{who.branch_no}-{who.till_no}",
                {"opening_fen": command.amount_fen},
            )
            unit.commit()
        with self._store.read() as session:
            return self._view(session.connection(), int(session_id))

    @permits(Permission.SEE_TILL)
    def position(self, who: SignedOn) -> TillView | None:
        """The workstation's till as this person has it open; None where they have not."""
        with self._store.read() as session:
            connection = session.connection()
            row = connection.execute(
                select(SESSION.c.id).where(
                    SESSION.c.branch_no == who.branch_no,
                    SESSION.c.till_no == who.till_no,
                    SESSION.c.staff_no == who.staff_no,
                    SESSION.c.closed_at.is_(None),
                )
            ).first()
            return None if row is None else self._view(connection, int(row[0]))

    def _view(self, connection: Connection, session_id: int) -> TillView:
        session = connection.execute(select(SESSION).where(SESSION.c.id == session_id)).one()._mapping
        came_in, went_out = self._drawer.sums(connection, session_id)
        return TillView(
            session_id=session_id,
            branch_no=session["branch_no"],
            till_no=session["till_no"],
            staff_no=session["staff_no"],
            opened_at=session["opened_at"],
            opening_fen=session["opening_fen"],
            in_fen=came_in,
            out_fen=went_out,
        )
