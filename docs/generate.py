"""Writes the pages of docs/ that come from the code. `make docs` runs it; a test fails where they are not current."""

from __future__ import annotations

from pathlib import Path

from tellerdesk.bills import states
from tellerdesk.desk import ROOMS
from tellerdesk.journal.diagram import markdown
from tellerdesk.questions import states as late_states
from tellerdesk.refunds import states as refund_states
from tellerdesk.staff import table

FOLDER = Path(__file__).parent


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    return {
        FOLDER / "payment-states.md": markdown("Payment of a bill", states.STATES, states.TABLE),
        FOLDER / "late-answer-states.md": markdown("Late answer of a biller", late_states.STATES, late_states.TABLE),
        FOLDER / "refund-states.md": markdown("Refund", refund_states.STATES, refund_states.TABLE),
        FOLDER / "permissions.md": table.markdown(ROOMS),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
