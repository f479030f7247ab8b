"""What the till tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TillView:
    """A till session: derived from its movements, never stored alone. Amounts in fen, `opened_at` aware UTC."""

    session_id: int
    branch_no: str
    till_no: str
    staff_no: str
    opened_at: datetime
    opening_fen: int
    in_fen: int
    out_fen: int

    @property
    def balance_fen(self) -> int:
        return self.opening_fen + self.in_fen - self.out_fen
