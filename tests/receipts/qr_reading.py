"""Reads the QR code back from the page's own drawing operators: ISO/IEC 18004, byte mode, versions 1 to 6, level M.

Written against the standard and not with the library that draws, so that it can disagree.
"""

from __future__ import annotations

import re

from tests.receipts.receipt_papers import read

_BLOCKS_OF_LEVEL_M = {1: (1, 16), 2: (1, 28), 3: (1, 44), 4: (2, 32), 5: (2, 43), 6: (4, 27)}
_FORMAT_MASK = 0b101010000010010
_RUN = r"\d+ -\d+ \d+ 1 re"


def qr_content(pdf: bytes) -> str:
    """Raises AssertionError where there is no code, more than one, or one that does not follow the standard."""
    drawing = read(pdf).pages[0].get_contents()
    assert drawing is not None
    codes = re.findall(rf"cm ({_RUN}(?: {_RUN})+) f", drawing.get_data().decode("latin-1"))
    assert len(codes) == 1
    return _decoded(_modules(codes[0]))


def _modules(operators: str) -> list[list[bool]]:
    runs = [tuple(map(int, run)) for run in re.findall(r"(\d+) -(\d+) (\d+) 1 re", operators)]
    side = max(low for _, low, _ in runs)
    dark = {(low - 1, left + step) for left, low, width in runs for step in range(width)}
    return [[(row, column) in dark for column in range(side)] for row in range(side)]


def _decoded(modules: list[list[bool]]) -> str:
    side = len(modules)
    version = (side - 17) // 4
    assert side == 17 + 4 * version
    around_corner = [(8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)] + [(row, 8) for row in (7, 5, 4, 3, 2, 1, 0)]
    form = sum(modules[row][column] << (14 - bit) for bit, (row, column) in enumerate(around_corner)) ^ _FORMAT_MASK
    assert form >> 13 == 0  # level M
    bits = [modules[row][column] ^ _masked(form >> 10 & 7, row, column) for row, column in _data_path(side, version)]
    words = [sum(bit << (7 - at) for at, bit in enumerate(bits[start : start + 8])) for start in range(0, len(bits), 8)]
    blocks, length = _BLOCKS_OF_LEVEL_M[version]
    ordered = [words[place * blocks + block] for block in range(blocks) for place in range(length)]
    stream = "".join(f"{word:08b}" for word in ordered)
    assert stream.startswith("0100")  # byte mode
    count = int(stream[4:12], 2)
    return bytes(int(stream[12 + 8 * at : 20 + 8 * at], 2) for at in range(count)).decode()


def _masked(mask: int, row: int, column: int) -> bool:
    both, parity = row * column, row + column
    return [
        parity % 2,
        row % 2,
        column % 3,
        parity % 3,
        (row // 2 + column // 3) % 2,
        both % 2 + both % 3,
        (both % 2 + both % 3) % 2,
        (parity % 2 + both % 3) % 2,
    ][mask] == 0


def _data_path(side: int, version: int) -> list[tuple[int, int]]:
    """The modules that carry data, in reading order: pairs of columns from the right, upwards and downwards in turn."""

    def reserved(row: int, column: int) -> bool:
        if 6 in (row, column) or (row < 9 and (column < 9 or column >= side - 8)) or (row >= side - 8 and column < 9):
            return True
        return version > 1 and abs(row - side + 7) <= 2 and abs(column - side + 7) <= 2

    path = []
    upwards = True
    for right in [*range(side - 1, 6, -2), 5, 3, 1]:
        for row in range(side - 1, -1, -1) if upwards else range(side):
            path += [(row, column) for column in (right, right - 1) if not reserved(row, column)]
        upwards = not upwards
    return path
