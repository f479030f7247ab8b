"""The drawer: what moves cash in a till, inside somebody else's unit of work."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, func, insert, select

from tellerdesk.errors import Refused
from tellerdesk.store.base import table_of
from tellerdesk.till.models import TillMovement, TillSession

SESSION, MOVEMENT = table_of(TillSession), table_of(TillMovement)

_OPEN = select(SESSION).where(
    SESSION.c.branch_no == bindparam("branch_no"),
    SESSION.c.till_no == bindparam("till_no"),
    SESSION.c.staff_no == bindparam("staff_no"),
    SESSION.c.closed_at.is_(None),
)

_MOVE = insert(MOVEMENT)


def has_open_till(connection: Connection, branch_no: str, till_no: str, staff_no: str) -> bool:
    """Whether the cash of this till is in the hands of this staff number."""
    place = {"branch_no": branch_no, "till_no": till_no, "staff_no": staff_no}
    return connection.execute(_OPEN, place).first() is not None


class Moment(Protocol):
    """When something is done, and by whom."""

    now: datetime
    by: str


class Drawer:
    """Cash movements: each tied to the transaction that moved the cash, each kind at most once for it."""

    def open_session(self, connection: Connection, branch_no: str, till_no: str, staff_no: str) -> int:
        """The person's open session of a till. Raises Refused where the person has not opened it."""
        row = connection.execute(_OPEN, {"branch_no": branch_no, "till_no": till_no, "staff_no": staff_no}).first()
        if row is None:
            raise Refused("error.till.not_open", till=till_no)
        return int(row._mapping["id"])

    def cash_in(self, connection: Connection, session_id: int, amount_fen: int, serial: str, moment: Moment) -> None:
        self._move(connection, session_id, "CASH_IN", amount_fen, serial, moment)

    def cash_out(self, connection: Connection, session_id: int, amount_fen: int, serial: str, moment: Moment) -> None:
        """Raises Refused where the till does not hold that much, or the cash of this transaction never came in."""
        came_in = connection.execute(
            select(MOVEMENT.c.amount_fen).where(MOVEMENT.c.serial == serial, MOVEMENT.c.kind == "CASH_IN")
        ).scalar_one_or_none()
        if came_in != amount_fen:
            raise Refused("error.till.never_in", serial=serial)
        self.hand_out(connection, session_id, amount_fen, serial, moment)

    def hand_out(self, connection: Connection, session_id: int, amount_fen: int, serial: str, moment: Moment) -> None:
        """Cash of a transaction that pays it out, whichever till it once came into. Raises Refused where the till does
        not hold that much."""
        if self.balance_fen(connection, session_id) < amount_fen:
            raise Refused("error.till.too_little")
        self._move(connection, session_id, "CASH_OUT", amount_fen, serial, moment)

    def sums(self, connection: Connection, session_id: int) -> tuple[int, int]:
        """Cash in and cash out of a session so far, in fen."""
        rows = connection.execute(
            select(MOVEMENT.c.kind, func.sum(MOVEMENT.c.amount_fen))
            .where(MOVEMENT.c.session_id == session_id)
            .group_by(MOVEMENT.c.kind)
        )
        by_kind = {kind: int(total) for kind, total in rows}
        return by_kind.get("CASH_IN", 0), by_kind.get("CASH_OUT", 0)

    def balance_fen(self, connection: Connection, session_id: int) -> int:
        opening = connection.execute(select(SESSION.c.opening_fen).where(SESSION.c.id == session_id)).scalar_one()
        came_in, went_out = self.sums(connection, session_id)
        return int(opening) + came_in - went_out

    def _move(
        self, connection: Connection, session_id: int, kind: str, amount_fen: int, serial: str, moment: Moment
    ) -> None:
        connection.execute(
            _MOVE,
            {
                "session_id": session_id,
                "kind": kind,
                "amount_fen": amount_fen,
                "serial": serial,
                "at": moment.now,
                "by": moment.by,
            },
        )
