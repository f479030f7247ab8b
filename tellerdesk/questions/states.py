"""A late answer as a table. The biller says "paid" of a payment core has undone: it has to undo it too. Or it says
"cancelled" of a payment that stands: then nothing moves before a person has said what the customer wants."""

from __future__ import annotations

from enum import StrEnum

from tellerdesk.journal.states import LegKind, State, Transition, Word

FLOW = "late_answer"

START = "-"
TELLING_BILLER = "TELLING_BILLER"
STAYS_PAID = "STAYS_PAID"
UNDONE = "UNDONE"
SETTLED = "SETTLED"
NOT_HELD = "NOT_HELD"
STANDS = "STANDS"

BILLER_UNDO = LegKind("BILLER_UNDO", "LC", moves_money=True)

LEGS = {BILLER_UNDO.name: BILLER_UNDO}

STATES = {
    state.name: state
    for state in (
        State(TELLING_BILLER, Word.PROCESSING, send="BILLER_UNDO"),
        State(STAYS_PAID, Word.PROCESSING),
        State(UNDONE, Word.CANCELLED, terminal=True),
        State(SETTLED, Word.CANCELLED, terminal=True),
        State(NOT_HELD, Word.PROCESSING),
        State(STANDS, Word.PAID, terminal=True),
    )
}

TABLE: tuple[Transition, ...] = (
    # A biller that takes nothing back is not told: a person has to turn to it.
    Transition("L1", START, "late_paid", TELLING_BILLER, ("keep_late_answer",), guard="biller_takes_back"),
    Transition("L1c", START, "late_paid", STAYS_PAID, ("keep_late_answer",)),
    Transition("L2", TELLING_BILLER, "cancelled", UNDONE, ("settle",)),
    Transition("L3", TELLING_BILLER, "refused", STAYS_PAID),
    Transition("L3c", TELLING_BILLER, "cannot", STAYS_PAID),
    Transition("L4", TELLING_BILLER, "no_answer", TELLING_BILLER),
    # A supervisor has it tried once more, or has settled it with the biller by hand and says how.
    Transition("L5", STAYS_PAID, "retry", TELLING_BILLER, guard="biller_takes_back"),
    Transition("L6", STAYS_PAID, "settled", SETTLED, ("keep_settlement", "settle")),
    # The payment stands at core, and the biller has cancelled it after all. It is cancelled once more, with everything
    # that takes, and core is undone; or it has been settled with the biller by hand that it stands.
    Transition("L7", START, "late_cancelled", NOT_HELD, ("keep_late_answer",)),
    Transition("L8", NOT_HELD, "payment_cancelled", UNDONE, ("settle",)),
    Transition("L9", NOT_HELD, "settled", STANDS, ("keep_settlement", "settle")),
)


class ExplainReason(StrEnum):
    """Why a question is still open when its teller leaves it."""

    BILLER_SILENT = "BILLER_SILENT"
    CORE_SILENT = "CORE_SILENT"
    CUSTOMER_GONE = "CUSTOMER_GONE"
    WAITS_FOR_SUPERVISOR = "WAITS_FOR_SUPERVISOR"
    OTHER = "OTHER"


class Given(StrEnum):
    """What the customer was given."""

    NOTHING = "NOTHING"
    PROCESSING_SLIP = "PROCESSING_SLIP"
    RECEIPT = "RECEIPT"
    CASH_BACK = "CASH_BACK"
    PROMISE_TO_CALL = "PROMISE_TO_CALL"
