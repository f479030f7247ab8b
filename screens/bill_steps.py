"""What each stage of a bill payment offers: its steps on the title line, its keys and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from textual.content import Content

from screens.amounts import is_open
from screens.bill_collect import CollectPart
from screens.bill_form import PaymentForm, Step
from screens.saying import Say, says
from tellerdesk.bills.commands import Method
from tellerdesk.i18n import Words

STEPS = tuple(Step)
KEYS = ("help", "go_to", "back", "choices", "again", "print", "basket", "method", "submit", "cancel", "lock")


class Stage(Enum):
    """What the teller does next; a step that is paid from an account has several. A bill that goes into a basket is
    added after the nod, and where its amount is open, after that was typed."""

    WHO = "who"
    BILL = "bill"
    ADD = "add"
    AMOUNT = "amount"
    COLLECT = "collect"
    ACCOUNT = "account"
    PIN = "pin"
    VOUCHER = "voucher"
    DEBIT = "debit"
    APPROVAL = "approval"
    DONE = "done"

    @property
    def moves_money(self) -> bool:
        return self in {Stage.COLLECT, Stage.DEBIT}


OF_STEP = {Step.WHO: Stage.WHO, Step.BILL: Stage.BILL, Step.DONE: Stage.DONE}
CONSENT = frozenset({Stage.PIN, Stage.VOUCHER, Stage.DEBIT})
AT_COLLECT = CONSENT | {Stage.COLLECT, Stage.ACCOUNT}


def stage_of(form: PaymentForm, collect: CollectPart) -> Stage:
    """Where this payment is. One that may have been begun can only be sent again."""
    if form.adding and form.step is Step.BILL and not is_open_bill(form):
        return Stage.ADD
    if form.adding and form.step is Step.COLLECT:
        return Stage.AMOUNT
    if form.step is not Step.COLLECT:
        return OF_STEP[form.step]
    if form.awaiting is not None:
        return Stage.APPROVAL
    if collect.method is Method.CASH:
        return Stage.COLLECT
    account = collect.account
    if form.sent is not None or account.has_consent(collect.amount_so_far()):
        return Stage.DEBIT
    if account.view is None:
        return Stage.ACCOUNT
    return Stage.VOUCHER if account.by_voucher else Stage.PIN


def is_open_bill(form: PaymentForm) -> bool:
    """The customer says how much."""
    return form.bill is not None and is_open(form.bill)


def working(
    stage: Stage,
    *,
    busy: bool,
    sending: bool,
    begun: bool,
    outcome: Iterable[str],
    names_serial: bool,
    basket: bool = False,
) -> tuple[str, ...]:
    """The actions that work now, in the order of the key bar. `sending`: money may be moving, and this may not be left;
    `begun`: it may have moved; `outcome`: what the outcome's part offers; `names_serial`: a transaction can be opened
    to its story; `basket`: there is one to be opened."""
    works = {
        "basket": stage in {Stage.BILL, Stage.ADD, Stage.AMOUNT} or (stage is Stage.WHO and basket),
        "choices": stage is Stage.WHO or names_serial or (stage in CONSENT and not begun),
        "method": stage in AT_COLLECT and not begun,
        "cancel": stage is not Stage.DONE,
        "again": False,
        "print": False,
        "go_to": stage in {Stage.WHO, Stage.BILL, Stage.ADD, Stage.COLLECT, Stage.APPROVAL} and not names_serial,
    }
    if stage is Stage.DONE:
        offered = set(outcome)
        works |= {name: name in offered for name in ("again", "print", "submit")}
        works["choices"] = bool(offered)
    elif busy:
        works |= dict.fromkeys(("go_to", "choices", "basket", "method", "submit"), False)
        works |= dict.fromkeys(("back", "cancel"), not sending)
    return tuple(name for name in KEYS if works.get(name, True))


def label_of(name: str, stage: Stage, *, by_voucher: bool, story: bool) -> Say:
    """What the key bar calls an action at this stage."""
    if name == "submit":
        return says(f"pay.key.{stage.value}")
    if name == "basket" and stage is not Stage.WHO:
        return says("basket.key.add")
    if name == "method":
        return says("pay.method.account" if stage is Stage.COLLECT else "pay.method.cash")
    if name == "choices" and (story or stage is Stage.DONE):
        return says("story.key")
    if name == "choices" and stage in CONSENT:
        return says("pay.consent.by_pad" if by_voucher else "pay.consent.by_voucher")
    return says({"again": "outcome.again"}.get(name, f"key.{name}"))


def steps_said(here: Step) -> Say:
    """The four steps of a payment on the title line."""
    return steps_line([f"pay.step.{step.value}" for step in STEPS], STEPS.index(here))


def steps_line(names: Sequence[str], at: int) -> Say:
    """Steps on the title line: done, at work, to come. At the last one, everything is done."""

    def say(words: Words) -> Content:
        parts = []
        for number, message_id in enumerate(names):
            name = words(message_id)
            if number < at or at == len(names) - 1:
                parts.append(Content.styled(f"✓ {name}", "$success"))
            elif number == at:
                parts.append(Content.styled(f"{number + 1} {name}", "bold $accent"))
            else:
                parts.append(Content.styled(f"{number + 1} {name}", "$secondary"))
        return Content("   ").join(parts)

    return say
