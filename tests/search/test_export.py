"""A search as a file: every row once, masked, nothing that runs in a spreadsheet, whole or not there at all."""

from __future__ import annotations

import csv
import json
import re
import stat
import tracemalloc
import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import SetClock

from tellerdesk.bills.commands import Method
from tellerdesk.errors import BadInput, NotAllowed, Refused
from tellerdesk.i18n import LANGUAGES, Bilingual, Words, words
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.search import export
from tellerdesk.search.commands import ExportJournal, JournalSearch
from tellerdesk.search.states import Format, SearchAction
from tellerdesk.search.views import JournalRow
from tests.search.conftest import House

HOSTILE = (
    '=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1",
)  # fmt: skip


def row(**changes: object) -> JournalRow:
    values = {
        "serial": "2026112207120700000001",
        "made_at": SetClock().now(),
        "accounting_date": date(2026, 11, 22),
        "flow": "bill_payment",
        "code": "2001",
        "biller_code": "1101",
        "biller": Bilingual("供电局", "Power"),
        "consumer_no": "07550031884639",
        "customer_name": "*晓燕",
        "amount_fen": 123_456,
        "method": Method.CASH,
        "word": Word.PAID,
        "state": "SUCCESS",
        "cash_return": CashReturn.NONE,
        "teller_no": "1001",
        "till_no": "07",
        "branch_no": "0712",
        "core_serial": "C1",
        "counterpart_serial": "DL1",
    }
    return JournalRow(**(values | changes))  # type: ignore[arg-type]


def write(path: Path, form: Format, rows: Iterable[JournalRow], say: Words) -> int:
    cells = (export.cells(row, say) for row in rows)
    return export.write(path, form, cells, export.COLUMNS, say, None, None)[0]


def lines_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def cells_of(path: Path) -> list[list[tuple[str, str]]]:
    """Kind and contents of every cell of every sheet: "n" is a number, "inlineStr" a text, "f" would be a formula."""
    with zipfile.ZipFile(path) as book:
        names = sorted(name for name in book.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name))
        space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
        rows = [
            one
            for name in names
            for one in ElementTree.fromstring(book.read(name)).iter(f"{space}row")  # noqa: S314 (our own file)
        ]
    return [
        [
            ("f" if cell.find(f"{space}f") is not None else cell.get("t", "n"), "".join(cell.itertext()))
            for cell in one.iter(f"{space}c")
        ]
        for one in rows
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_cell_begins_like_a_formula(tmp_path: Path, hostile: str) -> None:
    bad = row(customer_name=hostile, biller=Bilingual(hostile, hostile), core_serial=hostile, consumer_no=hostile)
    for form in Format:
        write(tmp_path / form, form, [bad], words("en"))
    (_, cells) = lines_of(tmp_path / Format.CSV)
    assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))] == []
    assert [cell for cell in cells if cell == f"'{hostile}"] == [f"'{hostile}"] * 4
    assert {kind for line in cells_of(tmp_path / Format.XLSX) for kind, _ in line} == {"inlineStr", "n"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_forms_hold_the_same_and_speak_one_language(tmp_path: Path, language: str) -> None:
    say = words(language)
    many = [
        row(method=method, word=word, cash_return=cash)
        for method, word, cash in zip([*Method] * 4, Word, [*CashReturn] * 2, strict=False)
    ]
    for form in Format:
        write(tmp_path / form, form, many, say)
    head, *lines = lines_of(tmp_path / Format.CSV)
    assert len(lines) == len(many)
    assert not [text for line in [head, *lines] for text in line if text.startswith(("search.", "word."))]
    chinese = re.compile("[一-鿿]")
    assert bool(chinese.search("".join(head))) == (language == "zh_CN")
    assert lines[0][:7] == [
        *("2026-11-22 09:30:00", "2026112207120700000001", "2001", {"zh_CN": "供电局", "en": "Power"}[language]),
        *("07550031884639", "*晓燕", "1234.56"),
    ]
    assert [[text for _, text in line] for line in cells_of(tmp_path / Format.XLSX)] == [head, *lines]
    assert cells_of(tmp_path / Format.XLSX)[1][1] == ("inlineStr", "2026112207120700000001")
    assert cells_of(tmp_path / Format.XLSX)[1][6] == ("n", "1234.56")


@pytest.mark.parametrize("form", Format)
def test_nothing_found_is_a_file_with_headings_alone(tmp_path: Path, form: Format) -> None:
    assert write(tmp_path / "x", form, [], words("en")) == 0
    lines = lines_of(tmp_path / "x") if form is Format.CSV else cells_of(tmp_path / "x")
    assert [len(line) for line in lines] == [len(export.COLUMNS)]


def test_what_one_sheet_cannot_hold_goes_onto_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "ROWS_ON_A_SHEET", 2)
    many = [row(core_serial=f"C{number}") for number in range(5)]
    write(tmp_path / "x", Format.XLSX, many, words("en"))
    at = export.COLUMNS.index("core_serial")
    assert [line[at][1] for line in cells_of(tmp_path / "x")] == [
        *("Core serial", "C0", "C1", "Core serial", "C2", "C3", "Core serial", "C4"),
    ]


@pytest.mark.parametrize("form", Format)
def test_however_many_rows_memory_stays_the_same(tmp_path: Path, form: Format) -> None:
    def most(count: int) -> int:
        tracemalloc.start()
        write(tmp_path / f"{form}{count}", form, (row() for _ in range(count)), words("en"))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    most(10)  # what is loaded and remembered once
    assert most(1_000) < most(400) + 60_000


@pytest.mark.req("B11")
def test_the_file_holds_every_row_once_and_the_audit_what_was_asked(house: House, tmp_path: Path) -> None:
    made = [house.journal.add().serial for _ in range(3)]
    house.journal.add(branch_no="0713", serial="2026112207130700009999")
    who = house.sign_on()
    path = tmp_path / "流水.csv"
    search = JournalSearch(customer_name="王晓燕", last_days=3)
    told: list[int] = []
    done = house.room.export(who, ExportJournal(search, path, Format.CSV, "zh_CN"), told.append)
    _, *lines = lines_of(path)
    assert [line[1] for line in lines] == made[::-1]
    assert {line[5] for line in lines} == {"*晓燕"}
    assert (done.rows, told) == (3, [3])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ((person, subject, details),) = house.audited(SearchAction.EXPORTED)
    assert (person, subject) == ("1001", "流水.csv")
    kept = json.loads(details)
    assert (kept["rows"], kept["sha256"], kept["format"], kept["last_days"]) == (3, done.sha256, "CSV", 3)
    assert "王晓燕" not in details
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".new" or one.name.startswith(".export")] == []


@pytest.mark.parametrize("form", Format)
def test_an_export_that_is_stopped_leaves_nothing(house: House, tmp_path: Path, form: Format) -> None:
    house.journal.add()
    who = house.sign_on()
    folder = tmp_path / "out"
    folder.mkdir()
    command = ExportJournal(JournalSearch(), folder / "x", form, "en")
    with pytest.raises(Refused, match=r"error\.search\.export_stopped"):
        house.room.export(who, command, stopped=lambda: True)
    assert list(folder.iterdir()) == []
    assert house.audited(SearchAction.EXPORTED) == []
    assert house.room.export(who, command, stopped=lambda: False).rows == 1


def test_no_file_is_written_over_and_none_where_nothing_can_be_written(house: House, tmp_path: Path) -> None:
    who = house.sign_on()
    there = tmp_path / "there.csv"
    there.write_text("mine", encoding="utf-8")
    for path in (there, tmp_path / "no folder" / "x.csv"):
        with pytest.raises(BadInput) as refused:
            house.room.export(who, ExportJournal(JournalSearch(), path, Format.CSV, "en"))
        assert refused.value.field == "path"
    assert there.read_text(encoding="utf-8") == "mine"
    with pytest.raises(NotAllowed):
        house.room.export(who, ExportJournal(JournalSearch(branch_no="0713"), tmp_path / "y", Format.CSV, "en"))
    assert not (tmp_path / "y").exists()
