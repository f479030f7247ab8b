"""Search results as a file: CSV or XLSX, masked as on the screen, one page of rows in memory at a time.

A cell that begins like a formula is made plain text, so that no name a biller has sent runs in somebody's spreadsheet.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from tellerdesk.audit.new_file import NEW
from tellerdesk.clock import branch_time
from tellerdesk.errors import Refused
from tellerdesk.i18n import Words
from tellerdesk.journal.states import CashReturn
from tellerdesk.money import format_fen
from tellerdesk.search.states import Format
from tellerdesk.search.views import JournalRow, VoucherRow

AT_ONCE = 1_000
"""Rows between two looks at whether somebody has stopped it."""

ROWS_ON_A_SHEET = 1_000_000
"""A spreadsheet's own limit is a little higher; what is more goes onto another sheet."""

COLUMNS = (
    *("made_at", "serial", "code", "biller", "consumer_no", "customer_name", "amount", "method", "word"),
    *("cash_return", "teller_no", "till_no", "branch_no", "accounting_date", "core_serial", "counterpart_serial"),
)
"""Their headings are `search.column.` and the name."""

VOUCHER_COLUMNS = (*COLUMNS, "papers")
"""The same of a voucher: when and by whom it came about, under its own code, and its documents."""

_AMOUNT = COLUMNS.index("amount")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Write = Callable[[list[str]], None]
"""Writes a row of cells."""


def neutral(text: str) -> str:
    """`text` as a cell nobody's spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write(
    path: Path,
    form: Format,
    rows: Iterable[list[str]],
    columns: tuple[str, ...],
    words: Words,
    told: Callable[[int], None] | None,
    stopped: Callable[[], bool] | None,
) -> tuple[int, str]:
    """Writes rows of cells to a new file (0600), and gives their number and the SHA-256 of the file in hex. Raises
    Refused once `stopped` says so, OSError where it cannot be written; what was written then is left to the caller."""
    count = 0
    headings = [words(f"search.column.{name}") for name in columns]
    opened = _csv(path) if form is Format.CSV else _xlsx(path, headings, columns)
    with opened as put:
        if form is Format.CSV:
            put(headings)
        for count, row in enumerate(rows, start=1):
            put(row)
            if count % AT_ONCE == 0:
                _look_up(count, told, stopped)
        _look_up(count, told, stopped)
    with path.open("rb") as written:
        return count, hashlib.file_digest(written, "sha256").hexdigest()


def cells(row: JournalRow, words: Words) -> list[str]:
    """The row's cells, each as plain text."""
    due = "" if row.cash_return is CashReturn.NONE else words(f"search.cash_return.{row.cash_return.lower()}")
    told = (
        f"{branch_time(row.made_at):%Y-%m-%d %H:%M:%S}",
        row.serial,
        row.code,
        row.biller.said(words.language),
        row.consumer_no,
        row.customer_name,
        format_fen(row.amount_fen).replace(",", ""),
        words(f"search.method.{row.method.lower()}"),
        words(f"word.{row.word.lower()}"),
        due,
        row.teller_no,
        row.till_no,
        row.branch_no,
        "" if row.accounting_date is None else row.accounting_date.isoformat(),
        row.core_serial,
        row.counterpart_serial,
    )
    return [neutral(cell) for cell in told]


def voucher_cells(voucher: VoucherRow, words: Words) -> list[str]:
    """The cells of VOUCHER_COLUMNS."""
    of_voucher = replace(voucher.row, code=voucher.code, teller_no=voucher.teller_no, made_at=voucher.at)
    return [*cells(of_voucher, words), neutral(" ".join(voucher.papers))]


def _look_up(count: int, told: Callable[[int], None] | None, stopped: Callable[[], bool] | None) -> None:
    if stopped is not None and stopped():
        raise Refused("error.search.export_stopped")
    if told is not None:
        told(count)


@contextmanager
def _new(path: Path) -> Iterator[IO[bytes]]:
    """On the disk once the block is left."""
    with os.fdopen(os.open(path, NEW, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    """With a mark at its beginning by which spreadsheets know it for UTF-8."""
    with _new(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        yield csv.writer(text).writerow
        text.flush()
        text.detach()


@contextmanager
def _xlsx(path: Path, headings: list[str], columns: tuple[str, ...]) -> Iterator[Write]:
    """Every cell but the amount is text: a serial of 22 digits stays what it is."""
    import xlsxwriter

    with _new(path) as file, tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as folder:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder})
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        sheet: Any = None
        at = ROWS_ON_A_SHEET

        def put(row: list[str]) -> None:
            nonlocal sheet, at
            if sheet is None or at == ROWS_ON_A_SHEET:
                sheet, at = book.add_worksheet(), 0
                sheet.freeze_panes(1, 0)
                for column, heading in enumerate(headings):
                    sheet.set_column(column, column, 24 if columns[column].endswith(("serial", "papers")) else 14)
                    sheet.write_string(0, column, heading, bold)
            at += 1
            for column, cell in enumerate(row):
                if column == _AMOUNT:
                    sheet.write_number(at, column, float(cell), money)
                else:
                    sheet.write_string(at, column, cell)

        yield put
        if sheet is None:
            sheet = book.add_worksheet()
            for column, heading in enumerate(headings):
                sheet.write_string(0, column, heading, bold)
        book.close()
