"""How a request for approval is said: what will happen, who asked, who may agree, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from textual.content import Content

from screens.saying import Say, clock_time, joined, literal, nothing, said, says, shown
from screens.widgets.figures import Figure
from screens.wording import number_said
from tellerdesk.approvals.states import ApprovalState, Place, UseCase, Verdict
from tellerdesk.approvals.views import ApprovalView, ChangeLine, DecisionView
from tellerdesk.i18n import Bilingual, Words

AMOUNT = "approval.field.amount"
REFUND_AMOUNT = "approval.field.refund_amount"
AMOUNTS = frozenset({AMOUNT, REFUND_AMOUNT})
BILLER = "approval.field.biller"

STATE_SIGN = {
    ApprovalState.PENDING: ("◇", "$warning"),
    ApprovalState.APPROVED: ("✓", "$success"),
    ApprovalState.EXECUTED: ("✓", "$secondary"),
    ApprovalState.REJECTED: ("×", "$error"),
    ApprovalState.WITHDRAWN: ("←", "$secondary"),
    ApprovalState.EXPIRED: ("×", "$error"),
}
"""Beside the colour, never the colour alone."""

KINDS = {
    UseCase.PAYMENT: "tx.2001",
    UseCase.CANCELLATION: "tx.2002",
    UseCase.REFUND: "tx.2005",
    UseCase.PARAMETERS: "approval.parameters",
    UseCase.POWER: "approval.power",
}

_BOTH = " / "
"""Between the two languages of a word that is kept in one line."""

_IN_BOTH = frozenset(
    {
        BILLER, "approval.field.staff_role", "approval.field.staff_cause", "approval.field.cancel_reason",
        "approval.field.refund_step", "approval.field.refund_cause", "approval.field.refund_reason",
    }
)  # fmt: skip
"""The lines that keep their words so."""

_FIRST = (
    *("approval.field.refund_step", REFUND_AMOUNT, "approval.field.payee", "approval.field.agent"),
    *("approval.field.pay_out_account", "approval.field.pay_out_till", "approval.field.account_back"),
)
"""Of a long request, what an approver reads without paging: what is done, for how much, to whom, where the money goes.
"""

_READ_ALOUD = frozenset({"approval.field.consumer"})
"""Numbers, in groups of four like everywhere."""


def kind_said(use_case: UseCase, style: str = "") -> Say:
    """What sort of thing is asked for."""
    return says(KINDS[use_case], style)


def amount_of(approval: ApprovalView) -> str:
    """The amount as its line has it, empty where nothing has one."""
    return next((line.after for line in approval.changes if line.label in AMOUNTS), "")


def left_s(approval: ApprovalView, now: datetime) -> int:
    """Whole seconds it still lives by this workstation's clock; the database's own is what counts."""
    return max(int((approval.expires_at - now).total_seconds()), 0)


def left_said(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


def state_said(state: ApprovalState) -> Say:
    """The sign and the word."""
    sign, style = STATE_SIGN[state]
    return joined([shown(sign, style), says(f"approval.state.{state.value.lower()}", style)])


def rules_said(approval: ApprovalView) -> Say:
    """The rules that asked."""
    return joined([said(hit.name) for hit in approval.rules], " · ")


def maker_said(approval: ApprovalView) -> Say:
    return joined([shown(approval.maker_no), shown(approval.maker_name)])


def who_may_said(approval: ApprovalView) -> Say:
    """Whose agreement is needed, and how many of them are still missing."""

    def say(words: Words) -> Content:
        roles = words("approval.or").join(words(f"role.{role.value.lower()}") for role in sorted(approval.by_roles))
        return literal(words("approval.who", roles=roles, needed=approval.needed))

    return say


def decision_said(decision: DecisionView) -> Say:
    """Whose word, when, where, and why."""
    place = "approval.here" if decision.place is Place.ON_THE_SPOT else "approval.afar"
    return joined(
        [
            says(f"approval.verdict.{decision.verdict.value.lower()}"),
            joined([shown(decision.staff_no), shown(decision.name)]),
            joined([clock_time(decision.at), says(place)]),
            shown(decision.reason),
        ],
        "  ",
    )


def count_said(approval: ApprovalView) -> Say:
    """How many have agreed of the several who have to; nothing where one is enough."""
    if approval.needed == 1:
        return nothing
    given = sum(1 for decision in approval.decisions if decision.verdict is Verdict.APPROVED)
    return says("approval.count", given=given, needed=approval.needed)


def ended_said(approval: ApprovalView, *, short: bool = False) -> Say:
    """What became of it, and by whom: the last word on it; `short` without a number."""
    last = approval.decisions[-1] if approval.decisions else None
    if approval.state is ApprovalState.EXPIRED or last is None:
        return state_said(approval.state)
    if approval.state is ApprovalState.WITHDRAWN:
        return joined([state_said(approval.state), shown(approval.ended_by)], "  ")
    by = [shown(last.name)] if short else [shown(last.staff_no), shown(last.name)]
    return joined([state_said(approval.state), joined(by)], "  ")


def figures_of(approval: ApprovalView) -> Iterator[Figure]:
    """Every line of what will happen, before and after; then why it is asked, and what was said to it."""
    for line in sorted(approval.changes, key=_place):
        yield Figure(says(line.label), _change(line), text=True, strong=line.label in AMOUNTS)
    yield Figure(says("approval.rules"), rules_said(approval), text=True)
    if reason := _own_reason(approval):
        yield Figure(says("approval.asked_why"), shown(reason), text=True)
    for decision in approval.decisions:
        yield Figure(says("approval.decided"), decision_said(decision), text=True)


def _place(line: ChangeLine) -> int:
    return _FIRST.index(line.label) if line.label in _FIRST else len(_FIRST)


def _change(line: ChangeLine) -> Say:
    if not line.before:
        return _told(line.label, line.after)
    after = _told(line.label, line.after) if line.after else says("approval.removed")
    return joined([_told(line.label, line.before, "$secondary"), shown("→", "$accent"), after])


def _told(label: str, text: str, style: str = "") -> Say:
    """In the language of the screen where the line keeps both."""
    chinese, between, english = text.partition(_BOTH)
    if label in _IN_BOTH and between:
        return said(Bilingual(chinese, english), style)
    return shown(number_said(text) if label in _READ_ALOUD else text, style)


def _own_reason(approval: ApprovalView) -> str:
    """What the person wrote; empty where only the rules' names stand for it."""
    names = "; ".join(dict.fromkeys(f"{hit.name.zh_CN}{_BOTH}{hit.name.en}" for hit in approval.rules))
    return "" if approval.reason == names[: len(approval.reason)] else approval.reason


def waits_said(approval: ApprovalView | None, now: datetime) -> Say:
    """The first line of a request: its state, and how long it lives while it is open."""
    if approval is None:
        return nothing
    if approval.state in {ApprovalState.PENDING, ApprovalState.APPROVED}:
        seconds = left_s(approval, now)
        left = says("approval.left", "$secondary", left=left_said(seconds)) if seconds else says("approval.no_time")
        pending = approval.state is ApprovalState.PENDING  # whoever has agreed so far stands among the decisions
        state = state_said(approval.state) if pending else ended_said(approval)
        return joined([state, count_said(approval), left], "   ")
    return ended_said(approval)
