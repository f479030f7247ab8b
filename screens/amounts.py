"""What may be paid for a bill, by its biller's amount rule, as it is said at the field. The desk checks again."""

from __future__ import annotations

from screens.saying import Say, nothing, says
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.views import BillView
from tellerdesk.money import MAX_FEN, format_fen


def is_open(bill: BillView) -> bool:
    """Whether the customer has a say in the amount."""
    return bill.biller.amount_rule is not AmountRule.EXACT


def amount_first(bill: BillView) -> str:
    """What stands in the amount field to begin with: all that is owed, or nothing where the customer must say it."""
    return "" if bill.biller.amount_rule is AmountRule.FREE else format_fen(bill.total_fen)


def amount_hint(bill: BillView) -> Say:
    """What may be typed into the amount field."""
    biller, due = bill.biller, format_fen(bill.total_fen)
    least, most, step = (format_fen(fen) for fen in (biller.least_fen, biller.most_fen, biller.step_fen))
    if biller.amount_rule is AmountRule.EXACT_OR_MORE:
        return says("pay.amount.hint.more", due=due)
    if biller.amount_rule is AmountRule.PART_OLDEST_FIRST:
        return says("pay.amount.hint.part", due=due)
    if biller.most_fen == MAX_FEN:
        return says("unit.yuan")
    if biller.step_fen > 1:
        return says("pay.amount.hint.steps", least=least, most=most, step=step)
    return says("pay.amount.hint.bounds", least=least, most=most)


def amount_wrong(bill: BillView, fen: int) -> Say | None:
    """Why `fen` may not be paid for this bill; None where it may."""
    biller, rule, due_fen = bill.biller, bill.biller.amount_rule, bill.total_fen
    due = format_fen(due_fen)
    if rule is AmountRule.EXACT:
        return None if fen == due_fen else says("pay.amount.exact", due=due)
    if rule is AmountRule.EXACT_OR_MORE and fen < due_fen:
        return says("pay.amount.less", due=due)
    if rule is AmountRule.PART_OLDEST_FIRST and fen > due_fen:
        return says("pay.amount.more", due=due)
    if rule is not AmountRule.FREE and fen == due_fen > 0:
        return None
    if not biller.least_fen <= fen <= biller.most_fen:
        return says("pay.amount.bounds", least=format_fen(biller.least_fen), most=format_fen(biller.most_fen))
    return says("pay.amount.steps", step=format_fen(biller.step_fen)) if fen % biller.step_fen else None


def nothing_owed_yet(bill: BillView) -> bool:
    """A bill that asks for no sum of its own, such as a top-up."""
    return bill.biller.amount_rule is AmountRule.FREE and not bill.total_fen


def range_said(bill: BillView) -> Say:
    """From the least to the most that may be paid; nothing where there is no most."""
    biller = bill.biller
    if biller.most_fen == MAX_FEN:
        return nothing
    return says("pay.amount.range", least=format_fen(biller.least_fen), most=format_fen(biller.most_fen))
