"""Each screen and step as plain text, at both sizes, in both languages. A change of look is seen, not stumbled on."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tellerdesk.i18n import LANGUAGES
from tellerdesk.journal.states import CashReturn, Word
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.stand_in import WATER, StandIn, payment

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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@acted
async def test_no_label_is_cut_at_either_size(size: tuple[int, int], language: str) -> None:
    async with at_the_counter(_desk(), size=size, language=language) as counter:
        for shot in await _day(counter):
            lines = [line for line in shot.splitlines() if "市自来水" not in line and "…  " not in line]
            assert not [line for line in lines if line.endswith("…") or "… " in line], shot
