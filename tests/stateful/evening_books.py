"""What the books of a whole branch must say once nothing is under way and people have done their part.

Every sum is made here, by plain arithmetic over single rows; no figure of the product is taken over.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from tellerdesk.bills import states as payments
from tellerdesk.bills.commands import Method
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds import states as refunds
from tellerdesk.refunds.states import RefundCause
from tests.stateful.day_books import OWED, PAYABLE, Row, Seen, kind_of
from tests.stateful.whole_branch import WholeBranch


def in_the_evening(branch: WholeBranch) -> list[str]:
    """What does not agree once nothing is under way and nobody's cash waits: till by till, account by account."""
    seen = Seen.of(branch)
    balances: Counter[str] = Counter()
    for booking in branch.core.bookings:
        balances[booking.debit] -= booking.fen
        balances[booking.credit] += booking.fen
    wanted = _wanted(seen)
    accounts = set(balances) | set(wanted)
    wrong = [
        f"{account}: core has {balances[account]}, the journal wants {wanted[account]}"
        for account in sorted(accounts)
        if balances[account] != wanted[account]
    ]
    for till, fen in seen.tills.items():
        if balances[till] != -fen:
            wrong.append(f"{till}: core has {-balances[till]}, the drawer {fen}")
    if sum(balances.values()):
        wrong.append(f"core is off by {sum(balances.values())}")
    return wrong + _days(seen) + _with_billers(seen) + _told(seen)


def _wanted(seen: Seen) -> Counter[str]:
    """Every account's balance, credits less debits, as the journal's words would have it."""
    wanted: Counter[str] = Counter()
    for entry in seen.of_flow(payments.FLOW):
        word, fen = payments.STATES[entry["state"]].word, entry["amount_fen"]
        given = word in {Word.PAID, Word.PROCESSING} | OWED
        wanted[f"IN-{entry['counterpart']}"] += fen if given and word not in OWED else 0
        if entry["method"] == Method.CASH:
            stays = given or entry["cash_return"] == CashReturn.SUSPENSE
            wanted[f"TC-{entry['branch_no']}-{entry['till_no']}"] -= fen if stays else 0
        elif given:
            wanted[_debited(seen, entry["serial"])] -= fen
    for entry in seen.of_flow(refunds.FLOW):
        row, fen, state = seen.refunds[entry["serial"]], entry["amount_fen"], entry["state"]
        if state not in PAYABLE | {refunds.PAID_OUT}:
            continue
        if row["cause"] == RefundCause.NEXT_DAY:
            wanted[f"RB-{seen.entries[row['payment_serial']]['counterpart']}"] -= fen
        if state in PAYABLE:
            wanted[f"RP-{entry['branch_no']}"] += fen
        else:
            _add_paid_out(seen, entry, wanted)
    return wanted


def _add_paid_out(seen: Seen, entry: Row, wanted: Counter[str]) -> None:
    tried, fen = seen.payouts.get(entry["serial"]), entry["amount_fen"]
    if tried is None or tried["method"] != Method.CASH:
        credited = [booking.credit for booking in seen.core[entry["serial"]] if kind_of(booking.credit) == "AC"]
        wanted[credited[0]] += fen
    elif entry["cash_return"] == CashReturn.RETURNED:
        wanted[f"TC-{tried['branch_no']}-{tried['till_no']}"] += fen


def _debited(seen: Seen, serial: str) -> str:
    return seen.core[serial][0].debit


def _days(seen: Seen) -> list[str]:
    """Each biller's internal account moved on each day by that day's payments, less what was taken back on it."""
    moved: Counter[tuple[str, date]] = Counter()
    for booking in seen.branch.core.bookings:
        moved[booking.debit, booking.day] -= booking.fen
        moved[booking.credit, booking.day] += booking.fen
    wanted: Counter[tuple[str, date]] = Counter()
    for entry in seen.of_flow(payments.FLOW):
        word = payments.STATES[entry["state"]].word
        if word in {Word.PAID, Word.PROCESSING} | OWED and entry["accounting_date"] is not None:
            wanted[f"IN-{entry['counterpart']}", entry["accounting_date"]] += entry["amount_fen"]
    for entry in seen.of_flow(refunds.FLOW):
        row = seen.refunds[entry["serial"]]
        if row["cause"] == RefundCause.STUCK_POSTING and entry["state"] in PAYABLE | {refunds.PAID_OUT}:
            biller = seen.entries[row["payment_serial"]]["counterpart"]
            wanted[f"IN-{biller}", entry["accounting_date"]] -= entry["amount_fen"]
    places = {place for place in (*moved, *wanted) if place[0].startswith("IN-")}
    return [
        f"{account} on {day}: core moved {moved[account, day]}, the journal wants {wanted[account, day]}"
        for account, day in sorted(places)
        if moved[account, day] != wanted[account, day]
    ]


def _with_billers(seen: Seen) -> list[str]:
    """Each biller holds exactly the payments that stand, but those it has agreed to refund; of what is in doubt for a
    person, all or nothing."""
    wrong = []
    for entry in seen.of_flow(payments.FLOW):
        serial, word = entry["serial"], payments.STATES[entry["state"]].word
        stands = word is Word.PAID and not seen.agreed(serial)
        holds = seen.at_biller(serial)
        open_to_either = word is Word.PROCESSING or serial in seen.late
        if holds != (entry["amount_fen"] if stands else 0) and not open_to_either:
            wrong.append(f"{serial} {entry['state']}: the biller holds {holds}")
    return wrong


def _told(seen: Seen) -> list[str]:
    """What a payment that once stood is called at the counter, by the counterparts' ledgers alone: paid while both hold
    it, due while its money lies in refunds payable, refunded once it is with the customer."""
    wrong = []
    for entry in seen.of_flow(payments.FLOW):
        serial, state = entry["serial"], entry["state"]
        if state not in {payments.SUCCESS, payments.REFUND_DUE, payments.REFUNDED}:
            continue
        about = [row["serial"] for row in seen.refunds.values() if row["payment_serial"] == serial]
        lies = sum(seen.moved(refund, "RP") for refund in about)
        word = Word.PAID if seen.at_biller(serial) else Word.REFUND_DUE if lies else Word.REFUNDED
        if (told := seen.branch.view(serial).word) is not word:
            wrong.append(f"{serial} {state}: called {told}, and it is {word}")
    return wrong
