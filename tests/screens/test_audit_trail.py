"""7003 on the screen: finding rows, reading one, checking everything, writing a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from syrupy.assertion import SnapshotAssertion

from screens.audit_export import ExportSheet
from screens.audit_trail import ACTIONS_KNOWN, AuditTrail
from screens.choose import Choose
from screens.frame import KeyBar
from screens.home import Home
from screens.widgets.ledger import Ledger
from tellerdesk.audit.views import (
    AuditPage,
    AuditRowView,
    AuditSearch,
    Damage,
    Finding,
    SealDamage,
    SealFinding,
    Verified,
)
from tellerdesk.clock import branch_time
from tellerdesk.errors import BadInput, NotAllowed, TellerDeskError
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tests.audit.action_words import actions_in_code
from tests.screens.counter import LOOKS, PASSWORD, Counter, acted, at_the_counter
from tests.screens.stand_in import StandIn

NOW = datetime(2026, 11, 22, 2, 31, 5, tzinfo=UTC)
WELL = Verified(12_345, 210, 208, None, None)
ROW_EDITED = Verified(12_345, 210, 208, Finding("1001", 42, Damage.EDITED), None)
OLDER_COPY = Verified(12_345, 210, 208, None, SealFinding(NOW, "1001", 43, True, SealDamage.ROW, 208))
KINDS = (
    (
        "staff.signed_on",
        "0f3a5b7c9d1e2f4a6b8c0d2e4f6a8b0c",
        '{"branch_no":"0712","failures_before":0,"terminal":"T01"}',
    ),
    ("payment.submitted", "2026112207120700000212", '{"amount_fen":168032,"biller":"1101","method":"CASH"}'),
    ("document.issued", "R071207000212", '{"kind":"BILL_RECEIPT","sha256":"9f86d081884c7d659a2feaa0c55ad015"}'),
    ("till.opened", "0712-07", '{"opening_fen":500000}'),
    ("staff.sign_on_refused", "1002", '{"branch_no":"0713","reason":"error.sign_on.other_branch"}'),
    ("approval.refused", "b1946ac92492d2347c6235b4d2611184", "{}"),
    ("unheard.of", "x", "not JSON"),
)


class Auditing(StandIn):
    """A desk with 120 rows in its audit. `found` is what a check finds; `export_fails` what exporting raises."""

    def __init__(self, rows: int = 120) -> None:
        super().__init__()
        self.role = Role.AUDITOR
        self.rows = tuple(
            AuditRowView(
                id=number,
                person=("1001", "1002", "3001")[number % 3],
                person_seq=number // 3 + 1,
                at=NOW - timedelta(minutes=rows - number),
                action=KINDS[number % 7][0],
                subject=KINDS[number % 7][1],
                details=KINDS[number % 7][2],
            )
            for number in range(rows, 0, -1)
        )
        self.found: Verified | TellerDeskError = WELL
        self.export_fails: TellerDeskError | None = None

    @property
    def audit(self) -> Auditing:
        return self

    def search(self, who: SignedOn, search: AuditSearch, most: int = 50) -> AuditPage:
        self._call("search", search)
        rows = [
            row
            for row in self.rows
            if search.person in {"", row.person}
            and row.action.startswith(search.action)
            and (search.before_id is None or row.id < search.before_id)
        ]
        return AuditPage(tuple(rows[:most]), len(rows) > most)

    def verify(self, who: SignedOn, told: Callable[[int], None] | None = None) -> Verified:
        if told is not None:
            told(500)
        self._call("verify")
        if isinstance(self.found, TellerDeskError):
            raise self.found
        return self.found

    def export(self, who: SignedOn, search: AuditSearch, path: Path) -> int:
        self._call("export", (search, path))
        if self.export_fails is not None:
            raise self.export_fails
        return len(self.rows)


async def opened(counter: Counter) -> AuditTrail:
    """From the sign-on screen to 7003 with its first rows."""
    await counter.until(lambda: counter.app.desk is not None)
    await counter.type("8001")
    await counter.press("enter")
    await counter.type(PASSWORD)
    await counter.press("enter")
    await counter.on(Home)
    await counter.start("7003")
    screen = await counter.on(AuditTrail)
    await counter.until(lambda: screen._trail.rows)
    assert isinstance(screen, AuditTrail)
    return screen


def searches(counter: Counter) -> list[AuditSearch]:
    return counter.desk.arguments("search")


@acted
async def test_the_newest_rows_stand_there_and_what_is_typed_is_what_is_looked_for() -> None:
    async with at_the_counter(Auditing()) as counter:
        screen = await opened(counter)
        assert searches(counter) == [AuditSearch()]
        text = counter.text()
        assert "11-22 10:31:05" in text
        assert "1001 的第 41 条" in text
        assert "提交缴费  payment.submitted" in text
        assert "amount_fen=168032" in text
        await counter.type("setup")
        await counter.press("tab")
        await counter.type("staff.")
        await counter.press("tab")
        await counter.type("2026%")
        await counter.press("tab")
        await counter.type("1345")
        await counter.press("enter")
        await counter.sees("日期 1345 无法识别")
        assert len(searches(counter)) == 1
        assert screen._entries["days"].has_focus
        await counter.press("ctrl+u")
        await counter.type("1120 1122")
        await counter.press("enter")
        await counter.until(lambda: len(searches(counter)) == 2)
        days = (date(2026, 11, 20), date(2026, 11, 22))
        assert searches(counter)[1] == AuditSearch("SETUP", "staff.", "2026%", *days)
        await counter.sees("没有符合条件的记录")


@acted
async def test_an_action_is_chosen_by_its_name_and_arrows_move_through_the_rows() -> None:
    desk = Auditing()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        await counter.press("tab", "f4")
        await counter.on(Choose)
        await counter.sees("加入柜员名册")
        await counter.press("down", "enter")
        await counter.until(lambda: len(searches(counter)) == 2)
        assert searches(counter)[1] == AuditSearch(action="staff.signed_on")
        assert screen._entries["action"].value == "staff.signed_on"
        await counter.until(lambda: {row.action for row in screen._rows} == {"staff.signed_on"})
        await counter.press("tab", "down", "down", "down")
        assert screen._trail.has_focus
        assert screen._trail.cursor == 2
        under = screen._rows[2]
        await counter.sees(f"{under.person} 的第 {under.person_seq} 条")
        desk.rows = (replace(screen._rows[0], id=999), *desk.rows)
        await counter.press("f5")
        await counter.until(lambda: screen._rows[0].id == 999)
        assert screen._trail.current == str(under.id), "refreshing stays on the row"
        await counter.pilot.click(Ledger, offset=(6, 1))
        await counter.until(lambda: screen._trail.cursor == 1)
        clicked = screen._rows[1]
        await counter.sees(f"{clicked.person} 的第 {clicked.person_seq} 条")
        await counter.press("f6")
        assert screen._entries["person"].has_focus


@acted
async def test_paging_down_reads_on_where_the_last_row_ended_and_up_again_asks_nothing() -> None:
    async with at_the_counter(Auditing()) as counter:
        screen = await opened(counter)
        await counter.sees("已列出最新的 50 条")
        while len(screen._rows) < 120:
            seen = len(screen._rows)
            await counter.press("pagedown")
            if screen._looking:
                await counter.until(lambda seen=seen: len(screen._rows) > seen)
        await counter.sees("共 120 条")
        assert [asked.before_id for asked in searches(counter)] == [None, 71, 21]
        assert [row.id for row in screen._rows] == list(range(120, 0, -1))
        await counter.press(*["pageup"] * 30)
        assert screen._trail.cursor == 0
        assert len(searches(counter)) == 3


@acted
async def test_a_late_answer_to_an_older_question_is_not_shown() -> None:
    desk = Auditing()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        late = desk.hold("search")
        await counter.type("1001")
        await counter.press("enter")
        await counter.until(desk.entered["search"].is_set)
        del desk.gates["search"]
        await counter.press("ctrl+u")
        await counter.type("3001")
        await counter.press("enter")
        await counter.until(lambda: {row.person for row in screen._rows} == {"3001"})
        late.set()
        await counter.until(lambda: not counter.app.errands._under_way)
        assert {row.person for row in screen._rows} == {"3001"}


@acted
async def test_checking_tells_how_far_it_is_and_what_it_found() -> None:
    desk = Auditing()
    gate = desk.hold("verify")
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        await counter.press("f10")
        await counter.sees("已读 500 条")
        await counter.press("f10")
        gate.set()
        await counter.sees("核验完好：12345 条记录，210 个封存，208 个外部封存")
        assert desk.count("verify") == 1
        assert screen.query_one("#note").has_class("-good")
        desk.found = replace(WELL, outside_seals=0)
        await counter.press("f10")
        await counter.sees("没有找到外部封存")
        assert screen.query_one("#note").has_class("-warn")
        for found, told in (
            (ROW_EDITED, "1001 的第 42 条内容被修改"),
            (OLDER_COPY, "2026-11-22 10:31 的外部封存记有 1001 的第 43"),
            (NotAllowed("error.permission.missing", permission="SEE_AUDIT"), "您的角色没有这项权限"),
        ):
            desk.found = found
            await counter.press("f10")
            await counter.sees(told)
            assert screen.query_one("#note").has_class("-error")


@acted
async def test_leaving_while_it_checks_is_nobodys_harm() -> None:
    desk = Auditing()
    gate = desk.hold("verify")
    async with at_the_counter(desk) as counter:
        await opened(counter)
        await counter.press("f10", "f3")
        await counter.on(Home)
        gate.set()
        await counter.settled()
        await counter.on(Home)


@acted
async def test_what_was_found_is_written_under_the_name_that_is_offered_or_another_or_not() -> None:
    desk = Auditing()
    async with at_the_counter(desk) as counter:
        await opened(counter)
        await counter.type("1002")
        await counter.press("enter")
        await counter.until(lambda: len(searches(counter)) == 2)
        await counter.settled()
        await counter.press("ctrl+p")
        await counter.on(ExportSheet)
        await counter.press("escape")
        await counter.on(AuditTrail)
        assert desk.count("export") == 0
        made = branch_time(counter.clock.now())
        await counter.press("ctrl+p")
        await counter.on(ExportSheet)
        await counter.press("enter")
        await counter.sees("已导出 120 条")
        path = Path(f"/nowhere/documents/audit-{made:%Y%m%d-%H%M%S}.jsonl")
        assert desk.arguments("export") == [(AuditSearch(person="1002"), path)]
        desk.export_fails = BadInput("error.audit.file_there", field="path", path="/media/usb/audit.jsonl")
        await counter.press("ctrl+p")
        await counter.on(ExportSheet)
        await counter.press("ctrl+u")
        await counter.type("/media/usb/audit.jsonl")
        await counter.press("enter")
        await counter.sees("/media/usb/audit.jsonl 已存在，未覆盖")
        assert desk.arguments("export")[1][1] == Path("/media/usb/audit.jsonl")


def test_every_action_the_code_writes_can_be_chosen() -> None:
    assert set(ACTIONS_KNOWN) == actions_in_code()


def _sheet(counter: Counter) -> str:
    """The sheet alone: what lies behind it is another screen's."""
    screen = counter.app.screen
    region = screen.query_one("#sheet").region
    strips = screen._compositor.render_strips()[region.y : region.bottom]
    return "\n".join(strip.crop(region.x, region.right).text.rstrip() for strip in strips)


RULE = "\n" + "=" * 40 + "\n"


@LOOKS
def test_it_looks_like_this_and_nothing_is_cut_off(
    size: tuple[int, int], language: str, snapshot: SnapshotAssertion
) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        desk = Auditing()
        desk.found = OLDER_COPY
        async with at_the_counter(desk, size=size, language=language) as counter:
            await opened(counter)
            shots.append(await counter.still())
            bar = [content.cell_length for _, content in counter.app.screen.query_one(KeyBar).cells()]
            assert sum(bar) + 2 * (len(bar) - 1) <= 78
            await counter.press("down", *["down"] * 4, "f10")
            await counter.until(lambda: counter.screen.query_one("#note").has_class("-error"))
            shots.append(await counter.still())
            await counter.press("ctrl+p")
            await counter.on(ExportSheet)
            await counter.still()
            shots.append(_sheet(counter))

    work()
    for shot in shots:
        assert "…" not in shot, shot
    assert RULE.join(shots) == snapshot
