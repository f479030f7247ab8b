"""What is stored of a document is all of it, and can be read by every later program."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from string import hexdigits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerdesk.documents.canonical import read_back, written
from tellerdesk.documents.numbers import verify_code
from tellerdesk.documents.views import BillPaper, DocumentKind, Paper, PrintedBill, PrintedLine, RefundPaper
from tests.documents.room import paper

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(min_value=datetime(1970, 1, 2), timezones=ZONES, max_value=datetime(2200, 1, 1))  # noqa: DTZ001
FEN = st.integers(0, 2**62)
LINES = st.lists(st.builds(PrintedLine, WORDS, WORDS, WORDS, FEN), max_size=3).map(tuple)
BILLS = st.lists(st.builds(PrintedBill, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS, FEN), max_size=2).map(tuple)
PAPERS = st.builds(
    BillPaper,
    **{name: WORDS for name, kind in BillPaper.__annotations__.items() if kind == "str"},
    **{name: FEN for name, kind in BillPaper.__annotations__.items() if kind == "int"},
    kind=st.sampled_from([kind for kind in DocumentKind if kind is not DocumentKind.REFUND_SLIP]),
    accounting_date=st.none() | st.dates(),
    made_at=INSTANTS,
    printed_at=INSTANTS,
    lines=LINES,
    bills=BILLS,
    training=st.booleans(),
    balance_fen=st.none() | FEN,
    cancelled_at=st.none() | INSTANTS,
    facts=st.lists(st.tuples(WORDS, WORDS), max_size=3).map(tuple),
)

REFUND_PAPERS = st.builds(
    RefundPaper,
    **{name: WORDS for name, kind in RefundPaper.__annotations__.items() if kind == "str"},
    kind=st.just(DocumentKind.REFUND_SLIP),
    amount_fen=FEN,
    accounting_date=st.none() | st.dates(),
    paid_at=INSTANTS,
    refunded_at=INSTANTS,
    printed_at=INSTANTS,
    approvers=st.lists(WORDS, max_size=2).map(tuple),
    training=st.booleans(),
)


@given(shown=PAPERS | REFUND_PAPERS)
def test_nothing_is_lost(shown: Paper) -> None:
    assert read_back(written(shown)) == shown


@given(shown=PAPERS)
def test_equal_views_are_written_alike(shown: BillPaper) -> None:
    here = replace(shown, made_at=shown.made_at.astimezone(UTC), printed_at=shown.printed_at.astimezone(UTC))
    if shown.cancelled_at is not None:
        here = replace(here, cancelled_at=shown.cancelled_at.astimezone(UTC))
    assert written(shown) == written(here) == written(read_back(written(shown)))


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="made_at"):
        written(paper("1", "", AT, made_at=datetime(2026, 11, 22)))  # noqa: DTZ001


@pytest.mark.parametrize("change", [lambda told: told.pop("fee_fen"), lambda told: told.update(unheard_of=1)])
def test_a_text_of_another_shape_is_refused(change: object) -> None:
    told = json.loads(written(paper("1", "", AT)))
    change(told)  # type: ignore[operator]
    with pytest.raises(TypeError):
        read_back(json.dumps(told))


def test_a_view_stored_by_the_first_program_is_still_read() -> None:
    assert read_back(STORED_FIRST) == paper("20261122-0712-000001", "0A1B-2C3D-4E5F", AT)
    assert written(read_back(STORED_FIRST)) == STORED_FIRST


def test_what_a_paper_does_not_say_is_not_stored() -> None:
    says_more = paper("1", "", AT, account_no="***0712", outstanding_fen=1, balance_fen=0, facts=(("面积", "89.50"),))
    taken_back = replace(says_more, cancelled_at=AT, original_no="20261122-0712-000001", cancel_serial="TX-1")
    later = set(json.loads(written(taken_back))) - set(json.loads(STORED_FIRST))
    assert later == {
        *("account_no", "outstanding_fen", "balance_fen", "facts"),
        *("cancelled_at", "original_no", "cancel_serial"),
    }
    assert set(json.loads(written(paper("1", "", AT)))) == set(json.loads(STORED_FIRST))


STORED_FIRST = (
    '{"accounting_date":"2026-11-22","address":"深圳市南山区科技园路 ** 号","amount_fen":168032,'
    '"bank_en":"Sample Bank","bank_zh":"示例银行","biller_en":"Shenzhen Sample Power Co., Ltd.",'
    '"biller_serial":"SZPOWER-884412",'
    '"biller_zh":"深圳市示例供电有限公司","branch_en":"Nanshan Sub-branch","branch_no":"0712","branch_zh":"南山支行",'
    '"change_fen":1968,"consumer_no":"07550031884620","core_serial":"C2026112200918273","customer_name":"*晓燕",'
    '"fee_fen":0,"item_en":"Electricity","item_zh":"电费","kind":"BILL_RECEIPT","late_fee_fen":20,"lines":['
    '{"amount_fen":84000,"item_en":"Electricity","item_zh":"电费","period":"2026-09"},'
    '{"amount_fen":84012,"item_en":"Electricity","item_zh":"电费","period":"2026-10"}],'
    '"made_at":"2026-11-22T01:29:59.123456+00:00","number":"20261122-0712-000001",'
    '"printed_at":"2026-11-22T01:30:00+00:00","serial":"2026112207120700000001","teller_name":"李晓燕",'
    '"teller_no":"T00123","tendered_fen":170000,"till_no":"07","training":true,"verify_code":"0A1B-2C3D-4E5F"}'
)

PROVEN = {"number": "20261122-0712-000001", "serial": "2026112207120700000001", "amount_fen": 168_032}


def test_the_code_is_twelve_hex_digits_in_three_groups() -> None:
    code = verify_code(bytes(32), **PROVEN, accounting_date=date(2026, 11, 22))
    assert [len(group) for group in code.split("-")] == [4, 4, 4]
    assert set(code) <= set(hexdigits.upper()) | {"-"}
    assert code == code.upper()


def test_the_code_is_the_beginning_of_the_hmac_of_what_it_proves() -> None:
    import hashlib
    import hmac

    told = b"20261122-0712-000001|2026112207120700000001|168032|2026-11-22"
    expected = hmac.new(b"k" * 32, told, hashlib.sha256).hexdigest().upper()
    code = verify_code(b"k" * 32, **PROVEN, accounting_date=date(2026, 11, 22))
    assert expected.startswith(code.replace("-", ""))


@pytest.mark.parametrize(
    "change",
    [
        {"number": "20261122-0712-000002"},
        {"serial": "2026112207120700000002"},
        {"amount_fen": 168_033},
        {"accounting_date": date(2026, 11, 23)},
        {"accounting_date": None},
        {"key": b"other" * 6 + b"!!"},
    ],
)
def test_the_code_changes_with_everything_it_proves(change: dict[str, object]) -> None:
    given = {"key": bytes(32), **PROVEN, "accounting_date": date(2026, 11, 22)}
    changed = {**given, **change}
    assert verify_code(given.pop("key"), **given) != verify_code(changed.pop("key"), **changed)  # type: ignore[arg-type]
