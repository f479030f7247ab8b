"""2003: the list that lives, and leaving the desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from screens import open_questions
from screens.actions import ACTIONS
from screens.confirm import Confirm
from screens.frame import KeyBar
from screens.home import Home
from screens.lock import LockScreen
from screens.open_questions import LOOK_EVERY_S, OpenQuestions
from screens.payment_story import PaymentStory
from screens.question_panel import ACTION_OF, Acts
from screens.question_sheets import ExplainSheet
from screens.question_words import (
    COLUMNS,
    HEADS,
    Age,
    age_of,
    age_said,
    figures_of,
    heads_said,
    moment_of,
    next_said,
    row_of,
)
from screens.sheet import Sheet
from screens.sign_on import SignOnScreen
from tellerdesk.errors import Refused, StoreUnavailable
from tellerdesk.i18n import LANGUAGES, Bilingual, Message, words
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions.views import Known, OpenQuestion, QuestionAct, QuestionKind
from tellerdesk.staff.states import Role
from tellerdesk.text import is_plain
from tests.screens.counter import LOOKS, Counter, acted, at_the_counter
from tests.screens.questions import ALL, OWN, changed, desk_with, read_again, show, to_list
from tests.screens.samples import NOW, payment
from tests.screens.stand_in import PASSWORD
from tests.screens.stand_in_questions import CASH_DUE, STUCK, question

RULE = "\n" + "=" * 40 + "\n"
EVERY_KEY = tuple(ACTIONS[name].keys[0] for name in ACTION_OF.values())


def _on(screen: OpenQuestions) -> str:
    return screen._list.current or ""


# -- how it is said


@pytest.mark.parametrize(
    ("open_for", "age", "told"),
    [
        (timedelta(seconds=40), Age.FRESH, "40 秒"),
        (timedelta(minutes=9, seconds=59), Age.FRESH, "9 分"),
        (timedelta(minutes=10), Age.TEN_MINUTES, "10 分"),
        (timedelta(minutes=59), Age.TEN_MINUTES, "59 分"),
        (timedelta(hours=1), Age.HOUR, "1 时"),
        (timedelta(hours=13, minutes=28), Age.HOUR, "13 时"),
        (timedelta(hours=13, minutes=29), Age.EARLIER_DAY, "11-22"),
        (timedelta(seconds=-3), Age.FRESH, "0 秒"),
    ],
)
def test_the_older_the_louder_and_what_is_left_of_an_earlier_day_is_the_loudest(
    open_for: timedelta, age: Age, told: str
) -> None:
    asked = question()
    assert age_of(asked, NOW + open_for) is age
    assert age_said(asked, NOW + open_for)(words("zh_CN")).plain == told


def test_every_age_has_a_sign_and_a_colour_of_its_own() -> None:
    signs, styles = zip(*(age.value for age in Age), strict=True)
    assert len(set(signs)) == len(set(styles)) == len(Age)


def test_the_clock_of_a_workstation_that_is_wrong_counts_the_databases_seconds() -> None:
    asked = question(age_s=700.0, next_at=NOW + timedelta(seconds=742))
    say = words("zh_CN")
    assert "42 秒后" in next_said(asked, moment_of(asked, 0.0))(say).plain
    assert "12 秒后" in next_said(asked, moment_of(asked, 30.0))(say).plain
    assert "马上" in next_said(asked, moment_of(asked, 43.0))(say).plain
    assert "2 分后" in next_said(asked, asked.next_at - timedelta(seconds=125))(say).plain  # type: ignore[operator]


def test_of_a_day_of_asking_again_the_newest_steps_are_told_and_how_many_came_before() -> None:
    asked = question(legs=tuple(replace(OWN.legs[2], leg_id=f"L{at}", message=f"no. {at}") for at in range(300)))
    told = [figure.value(words("en")).plain for figure in figures_of(asked, NOW, gone=False)]
    assert "280 steps before these; F4 shows them all." in told
    assert [line for line in told if "no. " in line][-1].endswith("no. 299")
    assert len(told) < 40


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(QuestionKind))
def test_a_row_and_its_heads_fit_their_columns_in_both_languages(kind: QuestionKind, language: str) -> None:
    asked = question(kind=kind, amount_fen=999_999_999, next_at=NOW + timedelta(minutes=99), core=Known.NOT_KNOWN)
    say = words(language)
    assert len(COLUMNS) == len(HEADS)
    for row in (row_of(asked, NOW, gone=False), row_of(asked, NOW, gone=True), heads_said()):
        for cell, column in zip(row.cells, COLUMNS, strict=True):
            assert not column.width or cell(say).cell_length <= column.width, cell(say).plain


# -- the list


@acted
async def test_each_line_says_how_old_whose_which_what_and_what_both_sides_books_hold() -> None:
    async with at_the_counter(desk_with(*ALL)) as counter:
        screen = await to_list(counter)
        lines = counter.text().splitlines()
        first = next(line for line in lines if "›" in line)
        told = ["›", "我", "!", "12", "分", "212", "结果不明", "深圳供电局", "*晓燕", "1,680.32", "已记", "不明"]
        assert first.split() == told
        assert any(line.split()[:3] == ["!!!", "11-21", "301"] for line in lines)
        whole = ("核心 已记 / 单位 不明", "请给客户受理单而非回单", "查询缴费单位  无应答", "22 秒后", "F10 说明移交")
        for text in whole:
            assert text in counter.text()
        await counter.press("down")
        head = screen._panel.query_one("#head")
        assert head.text.startswith("! 待退现金"), "no word that sounds as if the money were back"  # type: ignore[attr-defined]
        await show(counter, replace(CASH_DUE, cash_return=CashReturn.NONE), STUCK)
        assert "已冲正" in head.text  # type: ignore[attr-defined]
        await counter.press("end")
        for text in ("不会再自动进行", "单位没有答复  给了客户 受理单  13800135678", "2 记入待退客户款   4 再发一次"):
            await counter.sees(text)
        assert "F10" not in counter.text()


@acted
async def test_what_the_desk_does_not_offer_is_not_written_and_no_key_does_it() -> None:
    desk = desk_with(replace(OWN, may=()))
    async with at_the_counter(desk) as counter:
        screen = await to_list(counter)
        assert screen.query_one(Acts).text == ""
        await counter.press(*EVERY_KEY, "enter")
        await counter.sees("回车不办理")
        await show(counter)
        await counter.sees("没有待查的交易：每一笔都有结果。")
        await counter.press("enter", *EVERY_KEY, "f4")
        assert isinstance(counter.app.screen, OpenQuestions)
        assert changed(desk) == []
        await show(counter, OWN, CASH_DUE)
        await counter.press("down")
        await counter.until(lambda: _on(screen) == CASH_DUE.serial, "the list has the keys again")
        await counter.pilot.click(Acts, offset=(2, 0))
        await counter.on(ExplainSheet)


@acted
async def test_it_counts_down_and_refreshes_by_itself_and_the_cursor_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LOOK_EVERY_S <= 5.0
    monkeypatch.setattr(open_questions, "LOOK_EVERY_S", 0.1)
    desk = desk_with(*ALL)
    async with at_the_counter(desk) as counter:
        screen = await to_list(counter)
        await counter.press("f10")
        sheet = await counter.on(ExplainSheet)
        await counter.type("1")
        await counter.press("enter")
        older = question(150, customer_name="*海涛")
        desk.questions.questions = (older, STUCK, CASH_DUE, OWN)
        await counter.until(lambda: older.serial in screen._seen, "read by itself")
        assert sheet.focused.id == "given"
        assert "→ 单位没有答复" in counter.text()
        await counter.press("escape")
        await counter.sees("*海涛")
        assert _on(screen) == OWN.serial
        desk.questions.open = _fails  # type: ignore[method-assign]
        await counter.until(lambda: screen.note_text, "the sentence")
        counter.clock.advance(100.0)
        await counter.sees("马上")
        assert len(screen._seen) == 4


def _fails(_who: Any) -> tuple[OpenQuestion, ...]:
    raise StoreUnavailable("error.store.gone", reason="x")


@acted
async def test_one_that_ends_under_the_cursor_stays_says_so_and_takes_no_key_until_it_is_left() -> None:
    desk = desk_with(*ALL)
    desk.recents = (payment(Word.PAID, 212),)
    async with at_the_counter(desk) as counter:
        screen = await to_list(counter)
        desk.questions.gone(OWN.serial)
        await read_again(counter)
        await counter.sees("已了结，不再待查  ✓  缴费成功")
        await counter.press(*EVERY_KEY)
        assert _on(screen) == OWN.serial
        assert isinstance(counter.app.screen, OpenQuestions)
        assert changed(desk) == []
        await counter.press("f4")
        await counter.on(PaymentStory)
        await counter.press("f3")
        await counter.on(OpenQuestions)
        await counter.press("down")
        await counter.until(lambda: OWN.serial not in screen._seen, "it goes")
        assert _on(screen) == CASH_DUE.serial


# -- lock, leaving, home


@acted
async def test_the_lock_hides_the_questions_asks_nothing_and_lets_the_outcome_come() -> None:
    desk = desk_with(*ALL)
    desk.recents = (payment(Word.PAID, 212),)
    async with at_the_counter(desk) as counter:
        screen = await to_list(counter)
        gate = desk.hold("ask_about")
        await counter.press("f5", "f12")
        await counter.on(LockScreen)
        for secret in ("晓燕", "1,680.32", "0755"):
            assert secret not in counter.text()
        asked = desk.count("questions")
        screen.look_now()
        assert desk.count("questions") == asked
        gate.set()
        await counter.until(lambda: not counter.app.errands.flows())
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.sees("已查明，不再待查")
        assert changed(desk) == ["ask_about"]


@acted
async def test_signing_off_leads_to_ones_own_questions_and_back_once_they_are_explained() -> None:
    desk = desk_with(OWN, STUCK)
    desk.refuse_sign_off = Refused("error.payment.quote_expired")
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.press("ctrl+q")
        await counter.on(Confirm)
        await counter.press("enter")
        screen = await counter.on(OpenQuestions)
        await counter.sees("还不能签退：您办的待查交易有 1 笔没有说明")
        await counter.until(lambda: screen._known)
        assert _on(screen) == OWN.serial
        await counter.press("f10")
        await counter.on(ExplainSheet)
        await counter.type("1")
        await counter.press("enter")
        await counter.type("2")
        desk.refuse_sign_off = None
        await counter.press("f10")
        await counter.on(Confirm)
        assert "签退" in counter.sheet_text()
        await counter.press("enter")
        await counter.on(SignOnScreen)
        assert desk.count("sign_off") == 2


@acted
async def test_who_sees_no_questions_is_asked_for_none() -> None:
    desk = desk_with()
    desk.role = Role.AUDITOR
    async with at_the_counter(desk) as counter:
        await counter.until(lambda: counter.app.desk is not None)
        await counter.type("8001")
        await counter.press("enter")
        await counter.type("training-8001")
        await counter.press("enter")
        await counter.on(Home)
        await counter.settled()
        assert desk.count("own_count") == 0
        assert "2003" not in counter.text()


@acted
async def test_home_tells_how_many_are_ones_own_and_who_only_looks_is_not_asked_to_leave() -> None:
    desk = desk_with(OWN, STUCK)
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.sees("您办的 1 笔交易还没有结果")
        await counter.start("2003")
        await counter.until(lambda: counter.screen._known)  # type: ignore[attr-defined]
        await show(counter, STUCK)
        assert isinstance(counter.app.screen, OpenQuestions)
        await counter.press("f3")
        await counter.on(Home)
        await counter.until(lambda: "还没有结果" not in counter.text())


# -- hostile text, looks


@acted
async def test_counterpart_strings_are_literal_and_a_click_does_nothing() -> None:
    text = "[@click=app.quit]go[/x]"
    escapes = "\x1b]0;OWNED\x07\x1b[2J\u202eb"
    both = Bilingual(text, text)
    told = tuple(replace(leg, message=escapes, code=text) for leg in OWN.legs)
    evil = replace(
        OWN, biller=both, consumer_no=text, customer_name=text, legs=told, teller_no=text,
        advice=Message(OWN.advice.id, dict.fromkeys(OWN.advice.args, text)),
        explained=replace(STUCK.explained, note=escapes, by=text), may=tuple(QuestionAct),  # type: ignore[type-var]
    )  # fmt: skip
    desk = desk_with(evil)
    async with at_the_counter(desk, size=(120, 36)) as counter:
        await to_list(counter)
        for key in ("f10", "2", "4", "5", "1"):
            await counter.press(key)
            await counter.settled()
            assert isinstance(counter.app.screen, Sheet), key
            assert all(is_plain(char) for char in counter.text().replace("\n", ""))
            await counter.press("escape")
            await counter.on(OpenQuestions)
        assert text in counter.text()
        row = next(at for at, line in enumerate(counter.text().splitlines()) if text in line)
        await counter.pilot.click(offset=(counter.text().splitlines()[row].index(text) + 3, row))
        assert counter.app._running
        assert not counter.app._exit


async def _all(counter: Counter) -> list[str]:
    shots: list[str] = []

    async def shot() -> None:
        whole = await counter.still()
        if isinstance(counter.app.screen, Sheet):
            shots.append(counter.sheet_text())
        else:
            shots.append(whole)
            cells = [content.cell_length for _, content in counter.app.screen.query_one(KeyBar).cells()]
            assert sum(cells) + 2 * (len(cells) - 1) <= 78, whole

    await counter.sign_on()
    await counter.until(lambda: counter.screen.query_one("#questions").display)
    await shot()
    await counter.start("2003")
    await counter.until(lambda: counter.screen._known)  # type: ignore[attr-defined]
    await shot()
    for keys in (("f10",), ("escape", "down", "2"), ("escape", "end", "4"), ("escape", "up", "5")):
        await counter.press(*keys)
        await shot()
    await counter.press("escape")
    await shot()
    counter.desk.recents = (payment(Word.PAID, 212),)
    await counter.press("home", "f5")
    await counter.until(lambda: counter.screen.note_text.endswith(counter.app.words("word.paid")))
    await shot()
    await show(counter)
    await counter.press("f5")
    await shot()
    return shots


@LOOKS
def test_the_open_questions_look_like_this(size: tuple[int, int], language: str, snapshot: SnapshotAssertion) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        async with at_the_counter(desk_with(*ALL), size=size, language=language) as counter:
            shots.extend(await _all(counter))

    work()
    for shot in shots:
        besides = ("…  ", "… 处", "… Proc", "Shenzhen Po… *")  # signs of a word; a name said in full below
        lines = [line for line in shot.splitlines() if not any(each in line for each in besides)]
        assert not [line for line in lines if line.endswith("…") or "… " in line], shot
    assert RULE.join(shots) == snapshot
