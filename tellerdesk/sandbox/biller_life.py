"""What happens at a biller without the bank, and bars the way back for a payment."""

from __future__ import annotations

from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.biller_undoing import CUT_OFF, FILED


def cut_off(ledger: BillerLedger) -> None:
    """The biller's day ends now: what was paid until now is of another day."""
    with ledger.transaction():
        ledger.set(CUT_OFF, ledger.setting("biller_serial", "0"))


def put_into_file(ledger: BillerLedger) -> None:
    """What was paid until now is in a file."""
    with ledger.transaction():
        ledger.set(FILED, ledger.setting("biller_serial", "0"))


def issue_invoice(ledger: BillerLedger, leg_id: str) -> str:
    """The number of the invoice for what was paid under `leg_id`. Raises ValueError where nothing was."""
    with ledger.transaction():
        payment = ledger.payment(leg_id)
        if payment is None:
            raise ValueError(leg_id)
        known = ledger.one("SELECT invoice_no FROM invoices WHERE biller_serial = ?", payment["biller_serial"])
        if known is not None:
            return str(known["invoice_no"])
        invoice_no = f"{ledger.profile.prefix}FP{ledger.next_number('invoice_no'):08d}"
        ledger.write("INSERT INTO invoices VALUES (?,?)", payment["biller_serial"], invoice_no)
        return invoice_no


def use_balance(ledger: BillerLedger, consumer_no: str, amount_fen: int) -> int:
    """The consumer spends some of the balance; what is left of it. Raises ValueError where there is not so much."""
    with ledger.transaction():
        left = (ledger.balance_fen(consumer_no) or 0) - amount_fen
        if amount_fen < 1 or left < 0:
            raise ValueError(amount_fen)
        before = int(ledger.setting("biller_serial", "0"))
        ledger.write(
            "INSERT INTO uses (consumer_no, amount_fen, payments_before) VALUES (?,?,?)",
            consumer_no,
            amount_fen,
            before,
        )
        return left
