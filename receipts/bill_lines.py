"""The bill's periods as rows: up to twelve places in one to three columns, always in the same height."""

from __future__ import annotations

import re
from collections.abc import Sequence

from receipts.blocks import ABSENT, PAD, bilingual, yuan
from receipts.labels import both, en, zh
from receipts.page import LEFT, LINE, MUTED, NAVY, RIGHT, TINT, Page, Style
from tellerdesk.documents.views import PrintedLine

PLACES = 12
_ROWS = 4
ROWS = _ROWS + 1
"""Rows of the table, its head included, whatever the number of lines."""

_SEASON = re.compile(r"[0-9]{4}-[0-9]{4}", re.ASCII)
_PERIOD_WIDTHS = {1: 42.0, 2: 24.0, 3: 17.0}
_AMOUNT_WIDTHS = {1: 50.0, 2: 30.0, 3: 22.5}
_HEAD_STYLE = Style(6.3, NAVY, bold=True)
_ROW_STYLE = Style(7.4)


def rows_shown(lines: Sequence[PrintedLine]) -> list[PrintedLine]:
    """The lines as they are, or, where there are more than twelve, the first eleven and one that sums up the rest and
    says so: the rows always add up to the bill."""
    if len(lines) <= PLACES:
        return list(lines)
    kept, rest = lines[: PLACES - 1], lines[PLACES - 1 :]
    more = PrintedLine(
        period="",
        item_zh=zh("paper.more_periods").format(count=len(rest)),
        item_en=en("paper.more_periods").format(count=len(rest)),
        amount_fen=sum(line.amount_fen for line in rest),
    )
    return [*kept, more]


def bill_lines(page: Page, y: float, row_height: float, lines: Sequence[PrintedLine]) -> None:
    """Period, item and amount of each line, in ROWS rows of `row_height` mm. Places left over are closed by 以下空白:
    nothing can be added."""
    rows = rows_shown(lines)
    columns = max(1, -(-len(rows) // _ROWS))
    width = (RIGHT - LEFT) / columns
    page.box(LEFT, y, RIGHT - LEFT, row_height, fill=TINT)
    for column in range(columns):
        x = LEFT + column * width
        _head(page, x, _baseline(y, row_height), width, columns)
        if column:
            page.line(x, y, x, y + ROWS * row_height)
    for row in range(_ROWS):
        rule = y + (row + 1) * row_height
        page.line(LEFT, rule, RIGHT, rule, LINE, 0.4 if row == 0 else 0.2)
    for index, line in enumerate(rows):
        column, row = divmod(index, _ROWS)
        baseline = _baseline(y + (row + 1) * row_height, row_height)
        _line(page, LEFT + column * width, baseline, width, columns, line)
    if len(rows) < columns * _ROWS:
        column, row = divmod(len(rows), _ROWS)
        baseline = _baseline(y + (row + 1) * row_height, row_height)
        middle = LEFT + (column + 0.5) * width
        page.text(middle, baseline, both("paper.blank_below"), Style(5.8, MUTED, align="centre"))


def _baseline(y: float, row_height: float) -> float:
    return y + row_height / 2 + 0.95


def _head(page: Page, x: float, baseline: float, width: float, columns: int) -> None:
    item_x = x + PAD + _PERIOD_WIDTHS[columns]
    bilingual(page, x + PAD, baseline, zh("paper.period"), en("paper.period"), _HEAD_STYLE, _PERIOD_WIDTHS[columns])
    bilingual(page, item_x, baseline, zh("paper.line_item"), en("paper.line_item"), _HEAD_STYLE, width)
    amount = zh("paper.line_amount"), en("paper.line_amount")
    amount_width = _HEAD_STYLE.width(amount[0]) + 1.2 + Style(round(_HEAD_STYLE.size * 0.7, 2)).width(amount[1])
    bilingual(page, x + width - PAD - amount_width, baseline, *amount, _HEAD_STYLE, amount_width + 0.1)


def _line(page: Page, x: float, baseline: float, width: float, columns: int, line: PrintedLine) -> None:
    period, amount = _PERIOD_WIDTHS[columns], _AMOUNT_WIDTHS[columns]
    # A line that sums up others has no period of its own: its words may begin where periods do.
    item_x = x + PAD + (period if line.period else 0.0)
    item_width = x + width - PAD - amount - item_x
    page.fitted(x + PAD, baseline, _said(line.period), _ROW_STYLE, width=period - 1, floor=4.5)
    bilingual(page, item_x, baseline, line.item_zh or ABSENT, line.item_en, _ROW_STYLE, item_width)
    right = Style(_ROW_STYLE.size, align="right")
    page.whole(x + width - PAD, baseline, yuan(line.amount_fen), right, width=amount - 1)


def _said(period: str) -> str:
    """A month as it is, a heating season with the word for it: 2026-2027 采暖季."""
    return " ".join([period, zh("paper.season")]) if _SEASON.fullmatch(period) else period
