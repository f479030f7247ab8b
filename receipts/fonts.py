"""The two weights our paper is set in, and what happens to a character they do not have.

Noto Sans SC, Regular and Bold, are read once per process and embedded as subsets. Things about ReportLab 5.1 are put
right here: its ToUnicode maps write characters outside the basic plane as five hex digits, so that 𬭎 is copied and
searched as something else; and each subset copies the font's ten-megabyte glyph table.

A character the typeface lacks is never left out and never drawn as an empty box:

- in our own words, amounts, serials and numbers it is an error (`require`), because such paper is wrong;
- in text that comes from outside (a customer's rare name such as 𠮷, a biller's name) it is drawn as its Unicode
  number, ‹U+20BB7› (`visible`), and the paper says so in a footnote. The customer gets a receipt, nothing is lost, and
  whoever reads it can tell which character was meant. Direction overrides and control characters are shown alike.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from tellerdesk.errors import DocumentFailed
from tellerdesk.text import is_plain

FOLDER = Path(__file__).parent / "fonts"
REGULAR = "NotoSansSC-Regular"
BOLD = "NotoSansSC-Bold"
_FILES = {REGULAR: "NotoSansSC_400Regular.ttf", BOLD: "NotoSansSC_700Bold.ttf"}

_BFCHAR_MOST = 100
"""The most entries one bfchar block of a CMap may hold (Adobe Technical Note 5014)."""


@dataclass(frozen=True, slots=True)
class Typeface:
    """One weight. `codes` are the code points it has glyphs for, `advances` their widths in thousandths of the size."""

    name: str
    codes: frozenset[int]
    advances: Mapping[int, float]

    def width(self, text: str, size: float) -> float:
        """Points. Raises DocumentFailed for a character without a glyph."""
        try:
            return 0.001 * size * sum(map(self.advances.__getitem__, map(ord, text)))
        except KeyError as missing:
            raise _no_glyph(chr(missing.args[0])) from None


class Typefaces(NamedTuple):
    regular: Typeface
    bold: Typeface


_loading = threading.Lock()
_loaded: Typefaces | None = None


def typefaces() -> Typefaces:
    """Both weights, read and registered with ReportLab by the first call (some 0.1 s); safe from any thread."""
    global _loaded
    if _loaded is None:
        with _loading:
            if _loaded is None:
                _loaded = _load()
    return _loaded


def visible(text: str) -> str:
    """`text` with every character that cannot be shown written as its Unicode number: 𠮷 -> ‹U+20BB7›."""
    if all(map(_shown, text)):
        return text
    return "".join(char if _shown(char) else code_point(char) for char in text)


def code_point(char: str) -> str:
    """𠮷 -> ‹U+20BB7›."""
    return f"‹U+{ord(char):04X}›"


def require(text: str, typeface: Typeface) -> None:
    """Raises DocumentFailed, naming the character, where `typeface` has no glyph for one of `text`."""
    if not typeface.codes.issuperset(map(ord, text)):
        raise _no_glyph(next(char for char in text if ord(char) not in typeface.codes))


def _no_glyph(char: str) -> DocumentFailed:
    named = f"U+{ord(char):04X} {char}" if is_plain(char) else f"U+{ord(char):04X}"
    return DocumentFailed("error.document.render", reason=f"no glyph for {named}")


@lru_cache(maxsize=8192)
def _shown(char: str) -> bool:
    return is_plain(char) and all(ord(char) in typeface.codes for typeface in typefaces())


def _load() -> Typefaces:
    from reportlab import rl_config
    from reportlab.pdfbase import pdfdoc, pdfmetrics, ttfonts

    # Settings can come from the environment and from files ReportLab looks for: what shapes our bytes is said here.
    rl_config.useA85 = 0
    rl_config.pdfComments = 0
    rl_config.pdfMultiLine = 0
    rl_config.trustedHosts = []
    rl_config.trustedSchemes = []
    ttfonts.makeToUnicodeCMap = to_unicode_map
    pdfdoc.PDFZCompress = _QuickDeflate()
    found = []
    for name, file_name in _FILES.items():
        font = ttfonts.TTFont(name, str(FOLDER / file_name), asciiReadable=False, shapable=False)
        font.face.get_table = _tables_read_once(font.face)
        font.face.getCharWidth = _widths_as_written(font.face)
        pdfmetrics.registerFont(font)
        found.append(Typeface(name, frozenset(font.face.charToGlyph), font.face.charWidths))
    return Typefaces(*found)


def to_unicode_map(font_name: str, subset: list[int]) -> str:
    """The ToUnicode CMap of one embedded subset: code in the page -> UTF-16BE, surrogate pairs where needed.

    `subset` holds the code point behind each code; 0 stands for an unused code and gets no entry.
    """
    entries = [(code, chr(point)) for code, point in enumerate(subset) if point]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        f"/CMapName /{font_name} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
    ]
    for start in range(0, len(entries), _BFCHAR_MOST):
        block = entries[start : start + _BFCHAR_MOST]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{code:02X}> <{char.encode('utf-16-be').hex().upper()}>" for code, char in block]
        lines.append("endbfchar")
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines)


class _QuickDeflate:
    """ReportLab's stream filter at zlib's quickest level: a fifth off the time of a sheet, a twentieth more bytes."""

    pdfname = "FlateDecode"

    def encode(self, content: str | bytes) -> bytes:
        return zlib.compress(content.encode() if isinstance(content, str) else content, level=1)


class _TableView:
    """A font table that hands out slices without first being copied whole."""

    __slots__ = ("_data", "_start")

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._start = start

    def __getitem__(self, part: slice) -> bytes:
        return self._data[self._start + part.start : self._start + part.stop]


def _tables_read_once(face: Any) -> Callable[[str], Any]:
    kept: dict[str, Any] = {}

    def get_table(tag: str) -> Any:
        if tag not in kept:
            start, length = face.get_table_pos(tag)
            kept[tag] = _TableView(face._ttf_data, start) if tag == "glyf" else face._ttf_data[start : start + length]
        return kept[tag]

    return get_table


def _widths_as_written(face: Any) -> Callable[[int], bytes]:
    @cache
    def width(code: int) -> bytes:
        # ReportLab takes a width only to write it, and formats each of a sheet's three hundred anew.
        return f"{face.charWidths.get(code, face.defaultWidth):g}".encode()

    return width
