"""The file itself: the same bytes for the same view, valid for other programs, one sheet at a time."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest

from receipts import bill_receipt
from receipts.renderer import PdfRenderer
from tellerdesk.documents.protocols import Renderer
from tellerdesk.documents.views import BillPaper, DocumentKind
from tellerdesk.errors import DocumentFailed
from tests.receipts.qr_reading import qr_content
from tests.receipts.receipt_papers import combined, everything_in, lines, paper, read, refunded, slip, taken_back

ROOT = Path(__file__).parents[2]
TOLD_BY_ANOTHER_PROCESS = """
import hashlib
from tests.receipts.receipt_papers import paper
from receipts.renderer import PdfRenderer
print(hashlib.sha256(PdfRenderer().bill_paper(paper())).hexdigest())
"""
LOADED_AFTER_WARMING = """
import sys
from tests.receipts.receipt_papers import paper, slip, taken_back
from receipts.renderer import PdfRenderer
PdfRenderer().warm()
warm = set(sys.modules)
PdfRenderer().bill_paper(paper())
PdfRenderer().bill_paper(slip())
print(sorted(name for name in set(sys.modules) - warm))
"""


def told_by(script: str, **environment: str) -> str:
    """What `script` prints in a new process at the root of the tree."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    return done.stdout.strip()


def test_same_view_gives_the_same_bytes_whatever_was_printed_between() -> None:
    renderer = PdfRenderer()
    views = [paper(), slip(), paper(customer_name="*𬭎𠮷", lines=lines(13)), slip(training=True)]
    first = [renderer.bill_paper(view) for view in views]
    assert len(set(first)) == len(views)
    assert [PdfRenderer().bill_paper(view) for view in reversed(views)] == first[::-1]


def test_same_view_gives_the_same_bytes_in_another_process_and_environment() -> None:
    odd = {"TZ": "America/New_York", "SOURCE_DATE_EPOCH": "1", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    assert told_by(TOLD_BY_ANOTHER_PROCESS, **odd) == hashlib.sha256(PdfRenderer().bill_paper(paper())).hexdigest()


def test_one_instant_in_two_time_zones_is_one_paper() -> None:
    view = paper()
    elsewhere = replace(view, made_at=view.made_at.astimezone(timezone(timedelta(hours=-5))))
    assert PdfRenderer().bill_paper(elsewhere) == PdfRenderer().bill_paper(view)


def test_a_sheet_that_fails_leaves_nothing_behind() -> None:
    before = PdfRenderer().bill_paper(paper())
    with pytest.raises(DocumentFailed):
        PdfRenderer().bill_paper(paper(verify_code="𠮷"))
    assert PdfRenderer().bill_paper(paper()) == before


def test_tellers_printing_at_once_get_their_own_papers() -> None:
    views = [paper(number=f"R{index:019d}", customer_name=f"*{chr(0x4E00 + 37 * index)}") for index in range(24)]
    expected = [PdfRenderer().bill_paper(view) for view in views]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(PdfRenderer().bill_paper, views)) == expected


def test_no_two_sheets_are_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = Barrier(2)
    met = []

    def wait_for_company(*_: object) -> None:
        try:
            met.append(meeting.wait(timeout=0.3))
        except BrokenBarrierError:
            return

    monkeypatch.setattr(bill_receipt, "draw", wait_for_company)
    with ThreadPoolExecutor(2) as threads:
        assert len(list(threads.map(lambda _: PdfRenderer().bill_paper(paper()), range(2)))) == 2
    assert met == []


def test_creation_date_is_the_views_and_not_the_clocks() -> None:
    view = paper()
    metadata = read(PdfRenderer().bill_paper(view)).metadata
    assert metadata is not None
    assert metadata.creation_date == view.printed_at
    assert metadata.title == "代收业务回单 R0712072026112200001"
    assert metadata.author == "示例银行"


def test_files_with_other_contents_have_other_ids() -> None:
    one, other = (read(PdfRenderer().bill_paper(paper(customer_name=name))) for name in ("*晓燕", "*晓李"))
    assert one.trailer["/ID"] != other.trailer["/ID"]


def test_page_has_no_transition_and_the_file_names_no_path_of_this_machine() -> None:
    pdf = PdfRenderer().bill_paper(paper())
    assert "/Trans" not in read(pdf).pages[0]
    assert str(Path(bill_receipt.__file__).parent).encode() not in everything_in(pdf)


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
@pytest.mark.parametrize("view", [paper(customer_name="*𬭎", lines=lines(60)), slip(training=True)])
def test_qpdf_finds_nothing_to_complain_about(view: BillPaper, tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    file.write_bytes(PdfRenderer().bill_paper(view))
    done = subprocess.run(["qpdf", "--check", file], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("view", [paper(), slip(verify_code="0"), paper(number="R" * 30, verify_code="AB12-" * 6)])
def test_qr_code_says_number_and_verify_code_and_nothing_else(view: BillPaper) -> None:
    assert qr_content(PdfRenderer().bill_paper(view)) == f"tellerdesk:{view.number}:{view.verify_code}"


def test_renderer_is_what_the_desk_asks_for() -> None:
    renderer: Renderer = PdfRenderer()
    of_bills = [kind for kind in DocumentKind if kind is not DocumentKind.REFUND_SLIP]
    papers = (_sample(kind) for kind in of_bills)
    assert all(renderer.bill_paper(shown).startswith(b"%PDF-") for shown in papers)
    assert renderer.refund_paper(refunded()).startswith(b"%PDF-")


def test_any_failure_is_a_document_failure_that_quotes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("晓燕 of 科技园路 18")

    monkeypatch.setattr(bill_receipt, "draw", broken)
    with pytest.raises(DocumentFailed) as caught:
        PdfRenderer().bill_paper(paper())
    assert caught.value.args_by_name == {"reason": "KeyError"}


def test_an_instant_without_a_time_zone_is_refused() -> None:
    view = paper()
    with pytest.raises(DocumentFailed, match="time zone"):
        PdfRenderer().bill_paper(replace(view, made_at=view.made_at.replace(tzinfo=None)))


def test_the_door_can_import_the_renderer_without_paying_for_it() -> None:
    loaded = told_by("import sys, receipts.renderer as r; r.PdfRenderer(); print(sorted(sys.modules))")
    assert "'receipts.renderer'" in loaded
    for heavy in ("'reportlab'", "'segno'", "'PIL'", "'receipts.page'"):
        assert heavy not in loaded


def test_warming_loads_all_that_the_first_sheet_needs() -> None:
    assert told_by(LOADED_AFTER_WARMING) == "[]"


def _sample(kind: DocumentKind) -> BillPaper:
    own = {DocumentKind.CANCELLATION_SLIP: taken_back, DocumentKind.COMBINED_RECEIPT: combined}
    return own[kind]() if kind in own else paper(kind=kind)
