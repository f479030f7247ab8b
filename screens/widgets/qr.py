"""A QR code in half blocks: two of its squares in each cell."""

from __future__ import annotations

from textual.content import Content

INK = "#000000 on #ffffff"
"""Dark on light whatever the theme: some readers take no other."""
BORDER = 2
_BLOCKS = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def half_blocks(text: str) -> list[str]:
    """The code of `text` with its quiet border, one string for each row of cells."""
    import segno  # only where a code is shown

    code = segno.make_qr(text, error="l", boost_error=False)
    rows = [[int(square) for square in row] for row in code.matrix_iter(border=BORDER)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    return [
        "".join(_BLOCKS[upper, lower] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(rows[::2], rows[1::2], strict=True)
    ]


def drawn(rows: list[str]) -> Content:
    """Those rows as they are shown."""
    return Content("\n").join([Content.styled(row, INK) for row in rows])
