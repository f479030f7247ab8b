"""What each step of 2005 offers: its keys and what they are called."""

from __future__ import annotations

from screens.bill_steps import steps_line
from screens.refund_form import Step
from screens.refund_panel import RefundPanel, Stage, is_paid_out
from screens.saying import Say, nothing, says
from tellerdesk.refunds.views import RefundAct, RefundView

KEYS = ("help", "go_to", "back", "choices", "again", "next_pane", "print", "undo", "method", "submit", "cancel", "lock")

_STEPS_OF = {
    Step.FIND: ("find", "rekey", "consent", "approval", "pay"),
    Step.REKEY: ("find", "rekey", "consent", "approval", "pay"),
    Step.PAY_OUT: ("method", "payee", "approval", "pay"),
}


def panel_keys(panel: RefundPanel, *, refunds: bool) -> tuple[str, ...]:
    """What can be done on the list. `refunds`: this person may ask for refunds at all."""
    refund, stage = panel.refund, panel.stage
    own = {"help", "back", "again", "lock"}
    if refunds and stage not in {Stage.PRINTING, Stage.HAND_OVER, Stage.SIGNING}:
        own.add("next_pane")
    if refund is None:
        return tuple(name for name in KEYS if name in own)
    own.add("choices")
    if stage.has_button:
        own.add("submit")
    if is_paid_out(refund) and stage is not Stage.PRINTING:
        own.add("print")
    if RefundAct.SUSPEND in refund.may and stage is not Stage.PRINTING:
        own.add("undo")
    if stage in {Stage.HAND_OVER, Stage.SIGNING, Stage.PRINTING, Stage.ENDED}:
        own.discard("again")
    return tuple(name for name in KEYS if name in own)


def form_keys(step: Step, *, barred: bool, begun: bool) -> tuple[str, ...]:
    """What can be done in a form. `barred`: the payment under the cursor cannot be refunded, and its story can be read;
    `begun`: it may have been asked for."""
    off = {"again", "next_pane", "print", "undo", "method", "choices"}
    if (step is Step.FIND and barred) or (step is Step.REKEY and not begun):
        off.discard("choices")
    if step is Step.PAY_OUT and not begun:
        off.discard("method")
    return tuple(name for name in KEYS if name not in off)


def while_busy(names: tuple[str, ...], *, sending: bool) -> tuple[str, ...]:
    """What is left of them while somebody is asked; a look may be given up."""
    kept = {"help", "lock"} | (set() if sending else {"back", "cancel"})
    return tuple(name for name in names if name in kept)


def asks_again(refund: RefundView | None) -> bool:
    """F5 asks the counterparts; else it reads the list anew."""
    return refund is not None and RefundAct.ASK_AGAIN in refund.may


def label_of(name: str, step: Step, panel: RefundPanel, *, listed: bool, by_account: bool) -> Say:
    """What the key bar calls an action."""
    if name == "submit":
        if step is Step.LIST:
            return says(f"refunds.next.{panel.stage.value}")
        return says("cancellation.key.choose" if listed else f"refunds.key.{step.value}")
    if name == "choices":
        if step is Step.LIST and panel.whole:
            return says("story.figures")
        return says("cancellation.reason" if step is Step.REKEY else "story.key")
    if name == "again":
        return says("outcome.again" if asks_again(panel.refund) else "refunds.reread")
    if name == "next_pane":
        return says("refunds.new")
    if name == "method":
        return says("pay.method.cash" if by_account else "pay.method.account")
    return says("refunds.suspend.key" if name == "undo" else f"key.{name}")


def steps_said(step: Step, at: int) -> Say:
    """The steps of a form on the title line; the list has none."""
    names = _STEPS_OF.get(step)
    return steps_line([f"refunds.step.{name}" for name in names], at) if names else nothing
