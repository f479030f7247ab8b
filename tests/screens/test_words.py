"""The catalogue: complete in both languages, nothing unused, and no screen of two languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from screens import (
    actions,
    bill_basket,
    cancel_form,
    question_words,
    refund_words,
    search_list,
    transactions,
    voucher_list,
    voucher_rows,
)
from screens.approval_sheet import Face, Means
from screens.identity import KINDS
from screens.outcome import Stage
from screens.refund_panel import Stage as RefundStage
from screens.refund_words import CASH_WORDS
from screens.search_terms import FIELDS
from screens.search_work import TASKS as TASKS_OF_SEARCH
from screens.staff_list import TASKS
from tellerdesk.approvals.states import ApprovalState, Verdict
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.commands import CancelReason, Method
from tellerdesk.bills.views import CancelOutcome
from tellerdesk.documents.views import DocumentKind
from tellerdesk.i18n import LANGUAGES, LOCALE_FOLDER, words
from tellerdesk.journal.states import Word
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.questions.views import Known, QuestionKind
from tellerdesk.refunds import states as refund_states
from tellerdesk.refunds.states import RefundCause
from tellerdesk.refunds.views import PayOutOutcome
from tellerdesk.search.states import CANCELLATION, CODES, Format, Sort
from tellerdesk.staff.states import Role, StaffState
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.samples import payment
from tests.screens.stand_in import StandIn

SCREENS = Path(actions.__file__).parent
HAN = re.compile(r"[㐀-鿿豈-﫿]")
ID = re.compile(r"[a-z][a-z_0-9]*(?:\.[A-Za-z0-9_]+)+")
MADE_UP = {
    "pay.step": ("who", "bill", "collect", "done"),
    "pay.go": ("who", "bill", "add", "amount", "collect", "account", "pin", "voucher", "debit", "approval"),
    "pay.key": ("who", "bill", "add", "amount", "collect", "account", "pin", "voucher", "debit", "approval"),
    "pay.note": ("who", "bill", "add", "amount", "collect", "account", "pin", "voucher", "debit", "approval"),
    "basket.go": tuple(stage.value for stage in bill_basket.Stage),
    "basket.key": tuple(stage.value for stage in bill_basket.Stage),
    "basket.note": tuple(stage.value for stage in bill_basket.BEFORE),
    "basket.todo": ("waiting", "print", "hand_over"),
    "pay.rule": tuple(rule.value.lower() for rule in AmountRule),
    "pay.otherwise": ("core", "biller"),
    "outcome.todo": tuple(stage.value for stage in Stage if stage is not Stage.HAND_OVER),
    "outcome.next": tuple(stage.value for stage in Stage),
    "approval.state": tuple(state.value.lower() for state in ApprovalState),
    "approval.verdict": tuple(verdict.value.lower() for verdict in Verdict),
    "approval.money": tuple(f"{face.value}.{means.value}" for face in Face for means in Means),
    "approval.yes": tuple(face.value for face in Face),
    "approval.keys": tuple(face.value for face in Face),
    "approval.decide": ("yes", "no"),
    "approval.title": ("yes", "no"),
    "approval.withdraw.detail": tuple(means.value for means in Means),
    "cancellation.step": tuple(step.value for step in cancel_form.Step),
    "cancellation.go": ("find", "choose", "rekey", "approval"),
    "cancellation.key": ("find", "choose", "rekey", "approval"),
    "cancellation.do": ("find", "choose", "rekey", "approval"),
    "cancellation.reason": tuple(reason.value.lower() for reason in CancelReason),
    "cancellation.word": ("asked", "under_way", "refused", "given_up"),
    "cancellation.short": tuple(outcome.value.lower() for outcome in CancelOutcome),
    "cancellation.yes": ("asking", "approved"),
    "cancellation.otherwise": ("core", "biller"),
    "question.head": tuple(head for head in question_words.HEADS if head),
    "question.kind": tuple(kind.value.lower() for kind in QuestionKind),
    "question.core": tuple(known.value.lower() for known in Known),
    "question.biller": tuple(known.value.lower() for known in Known),
    "question.act": tuple(f"{act}{end}" for act in ("ask_again", "explain", "cancel") for end in ("", ".help")),
    "question.reason": tuple(reason.value.lower() for reason in ExplainReason),
    "question.given": tuple(given.value.lower() for given in Given),
    "question.suspend": ("title", "detail", "go"),
    "question.settle": ("title", "detail", "go"),
    "refunds.yes": ("asking", "approved"),
    "refunds.cause": tuple(cause.value.lower() for cause in RefundCause),
    "refunds.state": (*(state.lower() for state in refund_states.STATES), *CASH_WORDS),
    "refunds.pay_out": tuple(outcome.value.lower() for outcome in PayOutOutcome),
    "refunds.todo": tuple(stage.value for stage in RefundStage if stage is not RefundStage.ENDED),
    "refunds.next": tuple(stage.value for stage in RefundStage),
    "refunds.step": ("find", "rekey", "consent", "approval", "pay", "method", "payee"),
    "refunds.go": ("find", "choose", "rekey", "pay_out", "account"),
    "refunds.key": ("find", "rekey", "pay_out"),
    "refunds.do": ("find", "choose", "rekey", "pay_out"),
    "refunds.otherwise": ("biller", "core"),
    "refunds.method": tuple(method.value.lower() for method in Method),
    "refunds.suspend": ("cash", "posting"),
    "refunds.original": ("question", "detail", "yes", "no", "missing"),
    "refunds": ("same_again",),
    "cancellation.original": ("question", "detail", "yes", "no", "missing"),
    "cancellation": ("same_again",),
    "refunds.identity": ("payer", "agent", "keys"),
    "pay.identity": (*(kind.lower() for kind in KINDS), "payer", "agent", "keys"),
    "outcome.todo.hand_over": ("receipt.with_change", "receipt.no_change", "slip.with_change", "slip.no_change"),
    "outcome.paper": tuple(kind.value.lower() for kind in DocumentKind),
    "settings": ("lock", "language", "contrast", "password"),
    "staff.head": ("no", "name", "role", "branch", "state", "till", "last", "tries"),
    "staff.role": tuple(role.lower() for role in Role),
    "staff.state": tuple(state.lower() for state in StaffState),
    "staff.task": (*TASKS, "unlock"),
    **{f"staff.{task}": ("question", "detail", "done") for task in (*TASKS[2:], "unlock")},
    "today.oldest": ("minutes", "hours", "days"),
    "trail": ("person", "action", "subject", "days"),
    "trail.person": ("hint",),
    "trail.action": ("hint",),
    "trail.subject": ("hint",),
    "trail.days": ("hint",),
    "tx": (*CODES.values(), CANCELLATION),
    "search": FIELDS,
    "search.hint": FIELDS,
    "help.search": FIELDS,
    "refunds.head": refund_words.HEADS,
    "search.head": {*search_list.HEADS, *voucher_rows.HEADS},
    "search.means": ("serial", "customer_name", "consumer_no_serial", "consumer_no_serial_account_no"),
    "search.task": TASKS_OF_SEARCH,
    "search.format": tuple(each.value.lower() for each in Format),
    **{f"search.sort.{each.value.lower()}": ("up", "down") for each in Sort},
    "vouchers": voucher_list.FIELDS,
    "vouchers.hint": voucher_list.FIELDS,
    "vouchers.head": voucher_list.HEADS,
    "key": tuple(actions.ACTIONS),
}
"""Ids that are put together from a beginning and what a state is called."""


def _catalogue(language: str) -> dict[str, str]:
    with (LOCALE_FOLDER / language / "LC_MESSAGES" / "screens.po").open("rb") as source:
        return {str(message.id): str(message.string) for message in read_po(source) if message.id}


def _literals() -> Iterator[str]:
    for path in SCREENS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ID.fullmatch(node.value):
                yield node.value


def _used() -> set[str]:
    used = set(_literals()) | {f"{head}.{tail}" for head, tails in MADE_UP.items() for tail in tails}
    used |= {text for action in actions.ACTIONS.values() for text in (action.label, action.help)}
    return used | {text for each in transactions.TRANSACTIONS for text in (each.group, each.name)}


def test_both_languages_have_the_same_ids_and_no_empty_sentence() -> None:
    chinese, english = (_catalogue(language) for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    assert all(chinese.values())
    assert all(english.values())


def test_places_in_a_sentence_are_the_same_in_both_languages() -> None:
    chinese, english = (_catalogue(language) for language in LANGUAGES)
    places = re.compile(r"{\w+}")
    for message_id in chinese:
        assert sorted(places.findall(chinese[message_id])) == sorted(places.findall(english[message_id])), message_id


def test_every_id_that_is_used_exists_in_both_languages() -> None:
    heads = {message_id.split(".")[0] for message_id in _catalogue("en")}
    for language in LANGUAGES:
        missing = [each for each in _used() if each.split(".")[0] in heads and not words(language).knows(each)]
        missing = [each for each in missing if not each.endswith((".py", ".tcss"))]
        missing = [each for each in missing if not words(language).knows(f"audit.action.{each}")]
        assert not missing, (language, missing)


def test_no_id_is_unused() -> None:
    assert not set(_catalogue("en")) - _used()


def test_english_sentences_hold_no_han_and_chinese_ones_are_chinese() -> None:
    assert not {each: text for each, text in _catalogue("en").items() if HAN.search(text)}
    assert not {each: text for each, text in _catalogue("zh_CN").items() if not HAN.search(text) and "{" not in text}


def test_a_name_with_braces_is_not_read_as_a_place() -> None:
    assert "{0}{evil}" in words("en")("sign_on.people") + words("en")("waiting.asking", whom="{0}{evil}", waited=1)


async def _walk(counter: Counter) -> Iterator[str] | list[str]:
    """Every screen and step of a working day, as text."""
    seen = [counter.text()]
    await counter.sign_on()
    seen.append(counter.text())
    await counter.press("f1")
    seen.append(counter.text())
    await counter.press("escape")
    await counter.start("5001")
    seen.append(counter.text())
    await counter.press("f3")
    await counter.start("1003")
    seen.append(counter.text())
    await counter.press("f3")
    await counter.start("2001")
    seen.append(counter.text())
    await counter.look_up()
    await counter.until(lambda: counter.screen.has_class("-bill"))
    seen.append(counter.text())
    await counter.press("enter")
    await counter.type("1700")
    seen.append(counter.text())
    await counter.press("enter", "enter")
    seen.append(counter.text())
    await counter.press("f10")
    await counter.outcome()
    seen.append(counter.text())
    await counter.press("f12")
    seen.append(counter.text())
    return seen


@pytest.mark.parametrize("word", [Word.PAID, Word.PROCESSING, Word.REVERSED, Word.FAILED])
@acted
async def test_in_english_the_only_han_is_peoples_and_places_names(word: Word) -> None:
    desk = StandIn()
    desk.outcome = payment(word, customer_name="* YAN", address="18 Keji Rd", teller_name="Li Xiaoyan")
    desk.bill_given = desk.bill_given.__class__(  # type: ignore[call-arg]
        **{field: getattr(desk.bill_given, field) for field in desk.bill_given.__slots__}  # type: ignore[union-attr]
        | {"customer_name": "* YAN", "address": "18 Keji Rd"}
    )
    desk.name = "Li Xiaoyan"
    desk.recents = (desk.outcome,)
    async with at_the_counter(desk, size=(120, 36), language="en", sample_staff=()) as counter:
        for text in await _walk(counter):
            assert not HAN.search(text), text


@acted
async def test_in_chinese_no_label_is_english() -> None:
    latin = re.compile(r"[A-Za-z]{3,}")
    allowed = {"Enter", "Esc", "Ctrl", "PgUp", "PgDn", "ETC", "EN", "pdf", "training", "Tab", "Ins"}
    async with at_the_counter(size=(120, 36)) as counter:
        for text in await _walk(counter):
            found = {word for word in latin.findall(text) if word not in allowed}
            assert not found, (found, text)
