"""What the payment table's names mean while a payment, or its cancellation, waits for its approval."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from tellerdesk.approvals.book import ApprovalBook, Asked
from tellerdesk.approvals.states import OPEN, ApprovalState, UseCase
from tellerdesk.errors import Conflict
from tellerdesk.journal.flow import Effect, Guard, Work
from tellerdesk.store.types import database_now_ms


class Waiting:
    """Effects and guards on the book of approvals, inside the runner's unit of work. The subject is the serial."""

    def __init__(self, book: ApprovalBook, use_case: UseCase, named: str) -> None:
        """`named` is what the table calls this approval."""
        self._book = book
        self._use_case = use_case
        self.effects: Mapping[str, Effect] = {
            f"ask_{named}": self._ask,
            f"wait_for_{named}": self._wait,
            f"expire_{named}": self._expire,
        }
        self.guards: Mapping[str, Guard] = {
            f"{named}_used_up": self._used_up,
            f"{named}_is_over": lambda work: self._left_ms(work) <= 0,
        }

    def _ask(self, work: Work) -> None:
        """The request is in the use case's hands; the payment rests until its time is over."""
        asked: Asked = work.given["asked"](work.entry["serial"])
        self._book.ask(work.unit, work.given["who"], asked)
        work.rest_ms = round(asked.lifetime_s * 1000)

    def _wait(self, work: Work) -> None:
        """It was looked at before its time."""
        work.rest_ms = self._left_ms(work)

    def _expire(self, work: Work) -> None:
        if not self._book.expire(work.unit, self._use_case, work.entry["serial"], work.by):
            raise Conflict("error.journal.busy", serial=work.entry["serial"])

    def _used_up(self, work: Work) -> bool:
        """In this very unit of work: in any other the payment has left the state in which that is asked."""
        approval = self._book.newest(work.connection, self._use_case, work.entry["serial"])
        return approval is not None and approval["state"] == ApprovalState.EXECUTED

    def _left_ms(self, work: Work) -> int:
        """How long the request can still be decided and executed, by the database's clock; 0 where it has ended."""
        approval = self._book.newest(work.connection, self._use_case, work.entry["serial"])
        if approval is None or approval["state"] not in OPEN:
            return 0
        now_ms = work.connection.execute(select(database_now_ms())).scalar_one()
        return max(int(approval["expires_ms"]) - now_ms, 0)
