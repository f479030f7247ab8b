"""Strings from counterparts and from the keyboard that want to be more than text."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, permutations

import pytest
from support.long_form import LONG
from textual.events import Paste
from textual.widgets import Static

from screens.approval_sheet import ApprovalSheet
from screens.approvals_waiting import ApprovalsWaiting
from screens.bill_payment import BillPayment
from screens.confirm import Confirm
from screens.guarded_app import GuardedApp
from screens.payment_story import PaymentStory
from screens.widgets.entry import Entry
from tellerdesk.approvals.states import ApprovalState, Verdict
from tellerdesk.approvals.views import ChangeLine, RuleHit
from tellerdesk.bills.views import AccountView, Asking, BillLine, FactView
from tellerdesk.errors import BadInput, Refused
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import Word
from tellerdesk.links.lights import Light, LightState
from tellerdesk.text import is_plain
from tests.screens.approval_room import AWAITING, request
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.samples import CARD_NO, POWER, bill, biller, legs, payment
from tests.screens.stand_in import StandIn

MARKUP = ["[red]x[/red]", "a[/x]b", "[@click=app.quit]go[/]", "[a,b]", "\\[x]", "[$x]", "[link=file:///etc/passwd]l[/]"]
ESCAPES = [
    "\x1b]0;OWNED\x07", "\x1b]52;c;T1dORUQ=\x07", "\x1b[2J", "\x9b2J", "a\u202eb", "\u200bz", "\x00", "\r\n!", "\ufeff",
    "\ue000", "\u2028q",
]  # fmt: skip
PAYLOADS = [*MARKUP, *ESCAPES, "𠮷野家", "e\u0301" * 3]
FROM_COUNTERPARTS = [*MARKUP, "".join(ESCAPES[:6]), "".join(ESCAPES[6:]), "𠮷野家"]
TYPED = PAYLOADS if LONG else [*FROM_COUNTERPARTS, PAYLOADS[-1]]


def _hostile_desk(text: str, word: Word) -> StandIn:
    """A desk whose every third-party string is `text`."""
    both = Bilingual(text, text)
    desk = StandIn()
    evil = biller("1101", both, item=both, consumer_label=both, consumer_example=text)
    lines = (BillLine(text, both, 168_032),)
    desk.billers_known = (evil, replace(POWER, code="1102", name=both))
    desk.bill_given = bill(evil, customer_name=text, address=text, lines=lines, biller_reference=text, consumer_no=text,
                           facts=(FactView(text, text),))  # fmt: skip
    desk.account_given = AccountView(CARD_NO, text, text, text, other_holder=True)
    told = tuple(replace(leg, message=text, code=text, counterpart_serial=text) for leg in legs())
    made = payment(word, biller_name=both, item=both, customer_name=text, address=text, consumer_no=text, legs=told,
                   teller_name=text, lines=lines)  # fmt: skip
    made = replace(made, advice=Message(made.advice.id, dict.fromkeys(made.advice.args, text)))
    desk.outcome = made
    desk.recents = (made,)
    desk.name = text
    desk.lights_seen = (Light("core", both, LightState.DOWN),)
    desk.pay_asks = (Asking("CORE_SENDING", both, 5),)
    return desk


def _plain_everywhere(counter: Counter) -> None:
    text = counter.text()
    assert all(is_plain(char) for char in text.replace("\n", "")), repr(text)
    assert "OWNED" not in counter.app.title
    assert counter.app.return_code is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param(text, word, id=f"{ascii(text)[:24]}-{word}")
        for text, words in zip(FROM_COUNTERPARTS, cycle(permutations([Word.PAID, Word.REVERSED])), strict=False)
        for word in (words if LONG else words[:1])
    ],
)
@acted
async def test_counterpart_strings_are_literal_on_every_screen_and_a_click_does_nothing(text: str, word: Word) -> None:
    desk = _hostile_desk(text, word)
    async with at_the_counter(desk, size=(120, 36)) as counter:
        await counter.sign_on()
        await counter.until(lambda: desk.count("recent"))
        _plain_everywhere(counter)
        await counter.press("f6", "enter")
        await counter.on(PaymentStory)
        _plain_everywhere(counter)
        await counter.press("f3")
        await counter.start("2001")
        await counter.until(lambda: desk.count("billers"))
        await counter.press("f4")
        _plain_everywhere(counter)
        await counter.press("enter")
        await counter.type("1")
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-bill"))
        _plain_everywhere(counter)
        if text in MARKUP:
            assert text in counter.text()
            await _click_on(counter, text)
        await counter.press("enter")
        await counter.type("1700")
        gate = desk.hold("pay")
        await counter.press("f10")
        _plain_everywhere(counter)
        gate.set()
        await counter.outcome()
        _plain_everywhere(counter)
        if text in MARKUP:
            await _click_on(counter, text)
        assert counter.app._running
        assert desk.count("sign_off") == 0


@pytest.mark.parametrize("text", [MARKUP[1], MARKUP[2], "".join(ESCAPES[:6])], ids=ascii)
@acted
async def test_a_holder_and_a_story_are_literal_and_a_click_does_nothing(text: str) -> None:
    desk = _hostile_desk(text, Word.PAID)
    async with at_the_counter(desk, size=(120, 36)) as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.look_up("1101", "1")
        await counter.until(lambda: counter.screen.has_class("-bill"))
        await counter.press("enter", "insert")
        await counter.type(CARD_NO)
        await counter.press("enter")
        await counter.sees("与账单户名不同")
        _plain_everywhere(counter)
        if text in MARKUP:
            await _click_on(counter, text)
        await counter.press("enter")
        await counter.until(lambda: desk.count("read_pin") and not counter.screen.busy)
        await counter.press("f10")
        await counter.outcome()
        await counter.press("f4")
        await counter.on(PaymentStory)
        _plain_everywhere(counter)
        if text in MARKUP:
            await _click_on(counter, text)


@pytest.mark.parametrize("text", [MARKUP[1], MARKUP[2], "".join(ESCAPES[:6])], ids=ascii)
@acted
async def test_a_request_for_approval_is_literal_at_the_counter_and_in_the_list(text: str) -> None:
    desk = _hostile_desk(text, Word.PAID)
    desk.outcome = AWAITING
    hit = RuleHit(text, Bilingual(text, text))
    labels = ("approval.field.biller", "approval.field.amount", "approval.field.customer")
    changes = tuple(ChangeLine(label, text, text) for label in labels)
    desk.approvals.requests["A1"] = request(
        maker_no=text, maker_name=text, reason=text, rules=(hit,), changes=changes, why_not=""
    )
    desk.approvals.decide_elsewhere("A1", Verdict.REJECTED, text, by=text)
    async with at_the_counter(desk, size=(120, 36)) as counter:
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10")
        await counter.on(ApprovalSheet)
        await counter.sees("未获授权")
        _plain_everywhere(counter)
        desk.approvals.requests["A1"] = replace(desk.approvals.requests["A1"], state=ApprovalState.PENDING)
        if text in MARKUP:
            await _click_on(counter, text)
        await counter.press("f9")
        await counter.on(ApprovalsWaiting)
        await counter.sees("代缴费")
        _plain_everywhere(counter)
        if text in MARKUP:
            assert text in counter.text()
            await _click_on(counter, text)
        assert isinstance(counter.app.screen, ApprovalsWaiting)


async def _click_on(counter: Counter, text: str) -> None:
    for row, line in enumerate(counter.text().splitlines()):
        if (column := line.find(text)) >= 0:
            await counter.pilot.click(offset=(column + len(text) // 2, row))
    assert counter.app._running
    assert not counter.app._exit


@acted
async def test_what_is_typed_or_pasted_into_any_field_is_literal_or_refused() -> None:
    async with at_the_counter() as counter:

        async def put_into_every_field() -> None:
            for entry in counter.app.screen.query(Entry):
                if not entry.disabled and entry.display:
                    for text in TYPED:
                        await put(entry, text)

        async def put(entry: Entry, text: str) -> None:
            entry.focus()
            await counter.settled()
            counter.app.post_message(Paste(text))
            await counter.settled()
            await counter.settled()
            assert all(is_plain(char) for char in entry.value), entry.value
            await counter.press("enter")
            _plain_everywhere(counter)
            if isinstance(counter.app.screen, Confirm):  # a letter that is left may be a transaction's initial
                await counter.press("escape")
            entry.put("")

        await put_into_every_field()
        await counter.sign_on()
        await put_into_every_field()
        await counter.start("5001")
        await counter.press("f3")
        await counter.start("2001")
        await put_into_every_field()
        assert isinstance(counter.app.screen, BillPayment)
        assert counter.desk.count("pay") == 0


@pytest.mark.parametrize("text", ["[@click=app.quit]go[/]", "a[/x]b", "\x1b]0;OWNED\x07"])
@acted
async def test_an_error_that_quotes_a_counterpart_is_literal(text: str) -> None:
    desk = StandIn()
    desk.bill_given = Refused("error.bill.refused", code=text, message=text)
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.look_up()
        await counter.until(lambda: desk.count("look_up") and not counter.screen.busy)
        _plain_everywhere(counter)
        desk.bill_given = BadInput("error.text.not_plain", field="consumer_no", character=text)
        await counter.press("f5")
        await counter.until(lambda: desk.count("look_up") == 2 and not counter.screen.busy)
        _plain_everywhere(counter)


def test_the_wall_stops_control_characters_from_any_widget_and_moves_no_column() -> None:
    class Careless(GuardedApp):
        def compose(self):  # type: ignore[no-untyped-def]
            from textual.content import Content

            for text in ESCAPES:
                yield Static(Content(f"<{text}>", strip_control_codes=False))

    @acted
    async def look() -> None:
        app = Careless()
        async with app.run_test(size=(40, 20)):
            text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
            assert all(is_plain(char) for char in text.replace("\n", "")), repr(text)

    look()
