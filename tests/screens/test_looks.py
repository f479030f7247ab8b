"""Each screen and step as plain text, at both sizes, in both languages. A change of look is seen, not stumbled on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from screens.identity import IdentitySheet
from screens.paid_before import PaidBeforeSheet
from screens.sheet import Sheet
from tellerdesk.errors import Refused
from tellerdesk.i18n import LANGUAGES
from tellerdesk.journal.states import CashReturn, Word
from tests.screens.counter import LOOKS, Counter, acted, at_the_counter
from tests.screens.samples import CARD_NO, MOBILE, PAID_BEFORE, POWER, SEASON, WATER, bill, payment, seasonal, top_up
from tests.screens.stand_in import StandIn

RULE = "\n" + "=" * 40 + "\n"


def _desk() -> StandIn:
    desk = StandIn()
    desk.recents = (
        payment(),
        payment(Word.PROCESSING, 211, amount_fen=3_680, biller_name=WATER.name, consumer_no="059100012300"),
        payment(Word.REVERSED, 210, amount_fen=12_000),
        payment(Word.REVERSED, 209, amount_fen=84_400, cash_return=CashReturn.RETURNED),
    )
    return desk


async def _day(counter: Counter) -> list[str]:
    shots = []
    await counter.until(lambda: counter.app.lights, "lights")
    shots.append(await counter.still())
    await counter.sign_on()
    await counter.until(lambda: counter.desk.count("recent"))
    await counter.settled()
    shots.append(await counter.still())
    await counter.press("f6", "down", "enter")
    shots.append(await counter.still())
    await counter.press("f3")
    await counter.start("2001")
    shots.append(await counter.still())
    await counter.look_up()
    await counter.until(lambda: counter.screen.has_class("-bill"))
    shots.append(await counter.still())
    await counter.press("enter")
    await counter.type("1700")
    shots.append(await counter.still())
    await counter.press("f10")
    await counter.outcome()
    shots.append(await counter.still())
    await counter.press("enter")
    shots.append(await counter.still())
    await counter.press("f12")
    shots.append(await counter.still())
    return shots


@LOOKS
def test_a_day_at_the_counter_looks_like_this(
    size: tuple[int, int], language: str, snapshot: SnapshotAssertion
) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        async with at_the_counter(_desk(), size=size, language=language) as counter:
            shots.extend(await _day(counter))

    work()
    assert RULE.join(shots) == snapshot


def _every_biller() -> StandIn:
    desk = _desk()
    desk.billers_known = (POWER, WATER, SEASON, MOBILE, replace(SEASON, code="1402", open_now=False))
    return desk


async def _other_ways(counter: Counter) -> list[str]:
    """A top-up, a season with a fact, an account with its consent, a story, and what is asked once more."""
    desk, shots = counter.desk, []

    async def shot() -> None:
        whole = await counter.still()
        shots.append(counter.sheet_text() if isinstance(counter.app.screen, Sheet) else whole)

    async def look_up(code: str, number: str, *more: str) -> None:
        await counter.type(code)
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-who"), "2001")
        await counter.type(number)
        await counter.press("enter", *more)
        await counter.until(lambda: desk.count("look_up") and not counter.screen.busy)

    await counter.sign_on()
    await counter.until(lambda: counter.app.billers)
    await counter.type("1")
    await shot()
    await counter.press("f4")
    await shot()
    await counter.press("escape", "f3")
    desk.bill_given = top_up()
    await look_up("1501", "13800135678")
    await counter.press("enter")
    await counter.type("55")
    await counter.press("enter")
    await shot()
    await counter.press("f3")
    desk.bill_given = seasonal()
    await look_up("1401", "RN00012345", "enter")
    await shot()
    await counter.press("enter", "insert")
    await counter.type(CARD_NO)
    await shot()
    await counter.press("enter")
    await shot()
    await counter.press("enter")
    await counter.until(lambda: desk.count("read_pin") and not counter.screen.busy)
    await shot()
    await counter.press("f4")
    await counter.type("123456")
    await counter.press("enter")
    await shot()
    await counter.type("PZ20261122001")
    await counter.press("f10")
    await counter.outcome()
    await shot()
    await counter.press("f4")
    await shot()
    await counter.press("f3", "f3")
    desk.bill_given = bill()
    desk.outcome = Refused("error.text.too_long", most=18)
    await look_up("1101", "07550031884620")
    await counter.press("enter")
    counter.app.push_screen(IdentitySheet(desk.outcome))
    await counter.on(IdentitySheet)
    await shot()
    await counter.press("escape", "f3")
    desk.bill_given = bill(paid_before=(PAID_BEFORE,))
    await counter.type("1101")
    await counter.press("enter")
    await counter.type("07550031884620")
    await counter.press("enter")
    await counter.on(PaidBeforeSheet)
    await shot()
    return shots


@LOOKS
def test_the_other_ways_to_pay_look_like_this(
    size: tuple[int, int], language: str, snapshot: SnapshotAssertion
) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        async with at_the_counter(_every_biller(), size=size, language=language) as counter:
            shots.extend(await _other_ways(counter))

    work()
    for shot in shots:
        lines = [line for line in shot.splitlines() if "…  " not in line]
        assert not [line for line in lines if line.endswith("…") or "… " in line], shot
    assert RULE.join(shots) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", [Word.PROCESSING, Word.REVERSED, Word.FAILED])
def test_outcomes_look_like_this(word: Word, language: str, snapshot: SnapshotAssertion) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        desk = StandIn()
        desk.outcome = payment(word)
        async with at_the_counter(desk, language=language) as counter:
            await counter.to_outcome()
            shots.append(await counter.still())

    work()
    assert shots[0] == snapshot


@LOOKS
@acted
async def test_no_label_is_cut_at_either_size(size: tuple[int, int], language: str) -> None:
    async with at_the_counter(_desk(), size=size, language=language) as counter:
        for shot in await _day(counter):
            lines = [line for line in shot.splitlines() if "市自来水" not in line and "…  " not in line]
            assert not [line for line in lines if line.endswith("…") or "… " in line], shot
