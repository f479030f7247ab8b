"""Any string can come from outside. It is shown, all of it or visibly cut, and it does nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from receipts.fonts import to_unicode_map, visible
from receipts.renderer import PdfRenderer
from tellerdesk.documents.views import BillPaper
from tellerdesk.errors import DocumentFailed
from tests.receipts.receipt_papers import (
    MAX_FEN,
    everything_in,
    font_descriptors,
    lines,
    names_in,
    paper,
    read,
    slip,
    squeezed,
    text_of,
)

WORDS = [
    "bank_zh", "bank_en", "branch_zh", "branch_en", "teller_name", "biller_zh", "biller_en", "item_zh", "customer_name",
    "address",
]  # fmt: skip
HOSTILE = [
    '<img src="/etc/passwd"/>',
    "<b>",
    "</para>&amp;",
    "[/x]",
    "[@click=app.quit]x[/]",
    "<a href='http://x/'>y",
    "%s %(a)s {0} {at}",
    "(ET) Tj Q (",
    "\\) Tj /URI",
    "<</S/Launch>>",
]
ACTING = {"/URI", "/JS", "/JavaScript", "/Launch", "/A", "/AA", "/OpenAction", "/EmbeddedFile", "/XObject", "/Image"}
INVISIBLE = {"\u202e": "202E", "\u200b": "200B", "\x1b": "001B", "\x00": "0000", "\n": "000A", "\ud800": "D800"}


def shown(view: BillPaper) -> str:
    return text_of(PdfRenderer().bill_paper(view))


def work_of(task: Callable[[], bytes]) -> tuple[bytes, int]:
    """What it gives, and how many calls of functions it took: the same on every machine, unlike time."""
    worked = 0

    def counted(_frame: FrameType, event: str, _what: object) -> None:
        nonlocal worked
        worked += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        given = task()
    finally:
        sys.setprofile(before)
    return given, worked


@cache
def ordinary_work() -> int:
    return min(work_of(lambda: PdfRenderer().bill_paper(paper()))[1] for _ in range(2))


@pytest.mark.parametrize("name", ["*𬭎", "*㛃㐂", "*𬭼𫍽", "*晓燕𬭎喆", "Ōé ñ ß", "*·阿卜杜"])
def test_rare_characters_can_be_copied_off_the_paper(name: str) -> None:
    assert visible(name) == name
    assert name in shown(paper(customer_name=name))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_rare_characters_reach_another_reader(tmp_path: Path) -> None:
    file = tmp_path / "receipt.pdf"
    file.write_bytes(PdfRenderer().bill_paper(paper(customer_name="*𬭎㛃")))
    assert "*𬭎㛃" in subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True).stdout.decode()


def test_to_unicode_map_writes_surrogate_pairs_in_blocks_of_a_hundred() -> None:
    told = to_unicode_map("AAAAAA+X", [0, ord("A"), 0x2CB4E, *range(0x4E00, 0x4E00 + 200)])
    assert "<01> <0041>" in told
    assert "<02> <D872DF4E>" in told
    assert "<00> <" not in told.replace("<00> <FF>", "")
    assert [int(count) for count in re.findall(r"(\d+) beginbfchar", told)] == [100, 100, 2]


def test_a_name_the_typeface_lacks_is_printed_by_its_code_point_with_a_footnote() -> None:
    text = shown(paper(customer_name="*𠮷喆"))
    assert "*‹U+20BB7›喆" in text
    assert "‹U+…›为字库缺字的统一码，等同原字。" in text
    assert "Unicode number of a character not in the typeface" in text
    assert "统一码" not in shown(paper())


def test_replacement_character_of_cleaned_text_is_visible() -> None:
    assert "a‹U+FFFD›b" in shown(paper(address="a\ufffdb"))


@pytest.mark.parametrize("char", INVISIBLE)
@pytest.mark.parametrize("field", ["customer_name", "biller_zh", "biller_serial"])
def test_invisible_characters_are_shown(field: str, char: str) -> None:
    text = shown(paper(**{field: f"a{char}b"}))
    assert f"a‹U+{INVISIBLE[char]}›b" in text
    assert char == "\n" or char not in text


@pytest.mark.parametrize(
    "field", ["serial", "number", "branch_no", "till_no", "teller_no", "consumer_no", "verify_code"]
)
def test_a_number_with_an_unknown_character_is_refused_by_its_name(field: str) -> None:
    with pytest.raises(DocumentFailed) as caught:
        PdfRenderer().bill_paper(paper(**{field: "12𠮷4"}))
    assert caught.value.message_id == "error.document.render"
    assert "U+20BB7" in str(caught.value.args_by_name["reason"])


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_is_shown_and_does_nothing(text: str) -> None:
    view = paper(**dict.fromkeys(WORDS, text))
    view = replace(view, lines=tuple(replace(line, item_zh=text) for line in lines(2)))
    for candidate in (view, replace(view, kind=slip().kind)):
        pdf, worked = work_of(lambda candidate=candidate: PdfRenderer().bill_paper(candidate))
        assert worked <= 3 * ordinary_work()
        assert squeezed(text_of(pdf)).count(squeezed(text)) >= 5
        nothing_acts(pdf)


def nothing_acts(pdf: bytes) -> None:
    reader = read(pdf)
    page = reader.pages[0]
    resources: Any = page["/Resources"]
    catalog: Any = reader.trailer["/Root"]
    assert set(page) == {"/Contents", "/MediaBox", "/Parent", "/Resources", "/Rotate", "/Type"}
    assert set(resources) <= {"/Font", "/ProcSet", "/ExtGState"}
    assert set(catalog) <= {"/Lang", "/Outlines", "/PageMode", "/Pages", "/Type"}
    assert list(page.images) == []
    assert names_in(pdf).isdisjoint(ACTING)


@pytest.mark.parametrize("name", ["长" * 200, "W" * 200, "a b" * 70, "𠮷" * 200])
@pytest.mark.parametrize("field", WORDS)
def test_two_hundred_characters_are_cut_with_an_ellipsis_and_cost_nothing_else(field: str, name: str) -> None:
    pdf, worked = work_of(lambda: PdfRenderer().bill_paper(paper(**{field: name})))
    assert worked <= 3 * ordinary_work()
    text = text_of(pdf)
    assert "…" in text
    assert "人民币壹仟陆佰捌拾元零叁角贰分" in text
    assert "¥1,680.32" in text
    assert "20261122 0712 07 00000001" in text
    assert "C2026112200918273" in text


def test_a_cut_never_goes_through_a_code_point() -> None:
    text = shown(paper(customer_name="𠮷" * 40))
    assert re.search(r"(‹U\+20BB7›){5,}…", text)
    assert set(re.findall(r"‹[^›]*›?", text)) == {"‹U+20BB7›", "‹U+…›"}  # the latter from the footnote


def test_a_counterparts_endless_serial_does_not_keep_the_customer_from_the_receipt() -> None:
    text = shown(paper(biller_serial="\ufffd" * 40))
    assert "过长未印，凭渠道流水号查询" in text
    assert "20261122 0712 07 00000001" in text


@pytest.mark.parametrize("serial", ["W" * 40, "9" * 40, "2026-11-22/" * 3])
def test_a_serial_of_forty_characters_is_printed_whole(serial: str) -> None:
    assert serial in shown(paper(biller_serial=serial, core_serial=serial))


def test_our_own_number_is_refused_rather_than_cut() -> None:
    with pytest.raises(DocumentFailed) as caught:
        PdfRenderer().bill_paper(paper(number="7" * 200))
    assert "too long" in str(caught.value.args_by_name["reason"])


def test_the_largest_amounts_fit_beside_each_other() -> None:
    greatest = {"amount_fen": MAX_FEN, "tendered_fen": MAX_FEN, "late_fee_fen": MAX_FEN, "fee_fen": MAX_FEN}
    text = shown(paper(**greatest, change_fen=MAX_FEN, lines=lines(60, MAX_FEN - 60)))
    assert text.count("¥9,999,999,999.99") == 5
    assert "人民币玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分" in text
    assert squeezed(text).count("电费Electricity¥9,999,999,9") == 11


@pytest.mark.parametrize("fen", [-1, MAX_FEN + 1])
def test_an_amount_no_voucher_can_carry_is_refused(fen: int) -> None:
    with pytest.raises(DocumentFailed):
        PdfRenderer().bill_paper(paper(amount_fen=fen))


@pytest.mark.parametrize("view", [paper(), slip(training=True)], ids=["receipt", "slip"])
def test_every_font_is_embedded_as_a_subset(view: BillPaper) -> None:
    pdf = PdfRenderer().bill_paper(view)
    descriptors = font_descriptors(pdf)
    assert {name.partition("+")[2] for name in descriptors} == {"NotoSansSC-Regular", "NotoSansSC-Bold"}
    for descriptor in descriptors.values():
        assert "/FontFile2" in descriptor.get_object()
    assert b"Helvetica" not in everything_in(pdf)
    assert len(pdf) < 120_000
