"""How a refund is said: its word and sign, why it is owed, for how long, and who gets it."""

from __future__ import annotations

from collections.abc import Iterator

from screens.identity import KINDS
from screens.saying import Say, joined, money, nothing, said, says, shown
from screens.widgets.figures import Figure
from screens.widgets.ledger import Row
from screens.wording import WORD_MARK, WORD_STYLE, number_said, word_said
from tellerdesk.bills.commands import Method
from tellerdesk.clock import branch_time
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds import states
from tellerdesk.refunds.states import RefundCause
from tellerdesk.refunds.views import PayOutOutcome, PayOutView, RefundView
from tellerdesk.serials import spoken

HEADS = ("age", "biller", "customer", "amount", "cause", "state", "number")
"""What the columns of the list are called, as the last part of a message id."""

OLD_DAYS, VERY_OLD_DAYS = 7, 30
"""From here on a sign beside the age asks to look for the customer, and to report it."""

_AT_THE_COUNTER = {
    CashReturn.DUE: "cash_due",
    CashReturn.SUSPENDING: "left_asked",
    CashReturn.SUSPENSE: "left",
}
"""Of a refund core has paid out: where its cash is."""

CASH_WORDS = tuple(_AT_THE_COUNTER.values())

_SAYS_ENOUGH = frozenset({states.DUE.lower(), states.PAID_OUT.lower(), *CASH_WORDS})
"""States whose word alone tells all."""

_PAY_OUT_STYLE = {PayOutOutcome.REFUSED: "$error", PayOutOutcome.GIVEN_UP: "$warning"}


def cash_waits(refund: RefundView) -> bool:
    """Core has paid it out, and the customer has not got the cash yet."""
    return refund.cash_return is CashReturn.DUE


def cause_said(cause: RefundCause) -> Say:
    """Why the bank owes the money."""
    return says(f"refunds.cause.{cause.value.lower()}")


def state_said(refund: RefundView) -> Say:
    """What it waits for, or how it ended, in a few words."""
    return says(state_id(refund), _style(refund))


def state_id(refund: RefundView) -> str:
    """The id of that sentence."""
    return f"refunds.state.{_state(refund)}"


def outcome_said(refund: RefundView) -> Say:
    """Sign and word. One that came to nothing, and one whose cash is not with the customer, has no word of its flow: it
    would claim something of the payment, or that the money has arrived."""
    mark = shown("!", "bold $warning") if cash_waits(refund) else shown(WORD_MARK[refund.word], _style(refund))
    state = _state(refund)
    if refund.word in {Word.AWAITING, Word.FAILED} or state in CASH_WORDS:
        return joined([mark, state_said(refund)], "  ")
    more = nothing if state in _SAYS_ENOUGH else state_said(refund)
    return joined([mark, joined([word_said(refund.word), more], " · ")], "  ")


def age_said(refund: RefundView) -> Say:
    """For how many days the bank has owed it, with a sign beside the colour once that is long."""
    days = refund.age_days
    if refund.word is Word.REFUNDED and not cash_waits(refund):
        return shown("✓", "$success")
    if days < 1:
        return says("refunds.today")
    if days < OLD_DAYS:
        return says("refunds.days", days=days)
    very = days >= VERY_OLD_DAYS
    style = "bold $error" if very else "bold $warning"
    return joined([shown("‼" if very else "!", style), says("refunds.days", style, days=days)])


def heads_said() -> Row:
    """What the columns of the list are called."""
    return Row("", tuple(says(f"refunds.head.{head}", "$secondary") for head in HEADS))


def row_of(refund: RefundView) -> Row:
    """One line of the list."""
    return Row(
        refund.serial,
        (
            age_said(refund),
            said(refund.biller_name),
            shown(refund.customer_name),
            money(refund.amount_fen),
            cause_said(refund.cause),
            state_said(refund),
            shown(refund.serial[-8:].lstrip("0") or "0", "$secondary"),
        ),
    )


def figures_of(refund: RefundView, paper_no: str = "") -> Iterator[Figure]:
    """Everything about it but its steps."""
    yield Figure(says("refunds.amount"), money(refund.amount_fen), strong=True)
    consumer = [said(refund.biller_name), said(refund.item), shown(number_said(refund.consumer_no))]
    yield Figure(says("pay.biller"), joined([*consumer, shown(refund.customer_name, "bold")], "  "), text=True)
    paid = [shown(f"{branch_time(refund.paid_at):%m-%d %H:%M}"), _means(refund.paid_by, refund.account_no)]
    yield Figure(says("refunds.of"), joined([*paid, shown(spoken(refund.payment_serial))], "  "), text=True)
    asked = [shown(f"{branch_time(refund.made_at):%m-%d %H:%M}"), shown(refund.teller_no)]
    told = [joined(asked), cause_said(refund.cause), shown(refund.note)]
    yield Figure(says("refunds.asked"), joined(told, "  "), text=True)
    if refund.refusal:
        yield Figure(says("cancellation.refusal"), shown(refund.refusal, "$warning"), text=True)
    elif refund.agreement_no:
        yield Figure(says("refunds.agreement"), shown(refund.agreement_no), text=True)
    if refund.pay_out is not None:
        yield Figure(says("refunds.payee"), _pay_out_said(refund.pay_out), text=True)
    serial = [shown(spoken(refund.serial))]
    if paper_no:
        serial += [says("outcome.paper.refund_slip", "$secondary"), shown(paper_no)]
    yield Figure(says("outcome.serial"), joined(serial, "  "), text=True)


def form_figures(refund: RefundView) -> Iterator[Figure]:
    """What is paid out, above the form that asks for it."""
    yield Figure(says("refunds.amount"), money(refund.amount_fen), strong=True)
    yield from list(figures_of(refund))[1:3]


def _state(refund: RefundView) -> str:
    if refund.state == states.PAID_OUT:
        return _AT_THE_COUNTER.get(refund.cash_return, states.PAID_OUT.lower())
    return refund.state.lower()


def _style(refund: RefundView) -> str:
    return "bold $warning" if cash_waits(refund) else WORD_STYLE[refund.word]


def _means(method: Method, account_no: str) -> Say:
    means = says(f"pay.method.{method.value.lower()}")
    return joined([means, shown(account_no)])


def _pay_out_said(pay_out: PayOutView) -> Say:
    """The newest try: to whom, on what proof, how, who asked, what became of it."""
    people = [joined([shown(pay_out.payee, "bold"), _kind_said(pay_out.payee_kind)])]
    if pay_out.agent:
        agent = [says("refunds.agent", "$secondary"), shown(pay_out.agent), _kind_said(pay_out.agent_kind)]
        people.append(joined(agent))
    outcome = says(f"refunds.pay_out.{pay_out.outcome.value.lower()}", _PAY_OUT_STYLE.get(pay_out.outcome, ""))
    asked = joined([shown(f"{branch_time(pay_out.asked_at):%m-%d %H:%M}"), shown(pay_out.asked_by)])
    parts = [*people, _means(pay_out.method, pay_out.account_no), asked, outcome, shown(pay_out.refusal, "$warning")]
    return joined(parts, "  ")


def _kind_said(kind: str) -> Say:
    return says(f"pay.identity.{kind.lower()}", "$secondary") if kind in KINDS else nothing
