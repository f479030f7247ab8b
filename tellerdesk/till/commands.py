"""What a teller asks of the till."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenTill:
    """Open the workstation's till with `amount_fen` counted in it. `request_id` is made when the form opens."""

    amount_fen: int
    request_id: str
