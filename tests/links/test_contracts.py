"""What passes a contract is safe to show and whole in its figures; what a third party adds is ignored."""

from __future__ import annotations

import sys
import unicodedata
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tellerdesk.links.contracts import biller, core
from tellerdesk.links.contracts.common import SafeText

LEG = "2026112207120700000001-CP-1"

PAYLOADS = {
    "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "clear": "\x1b[2J",
    "c1": "\x9b2J",
    "nul": "a\x00b",
    "backspace": "1\x08 2",
    "bidi": "abc\u202edcba",
    "isolate": "\u2066x\u2069",
    "zero-width": "a\u200bb\ufeff",
    "line": "a\u2028b\u2029c",
    "private": "\ue000",
    "unassigned": "\U000e0fff",
    "tag": "\U000e0041",
}


def reply(**changed: Any) -> dict[str, Any]:
    return {
        "result": "PAID",
        "leg_id": LEG,
        "amount_fen": 168_032,
        "biller_serial": "DL1",
        "code": "",
        "message": "",
        **changed,
    }


def bill(**changed: Any) -> dict[str, Any]:
    return {
        "result": "FOUND",
        "consumer_no": "07550031884639",
        "name": "王晓燕",
        "address": "深圳市",
        "lines": [{"period": "2026-10", "item": "电费", "amount_fen": 100}],
        "late_fee_fen": 2,
        "total_fen": 102,
        "reference": "DL1",
        "valid_seconds": 900,
        "code": "",
        "message": "",
        **changed,
    }


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_a_payload_in_any_field_of_a_bill_is_defused(payload: str) -> None:
    line = {"period": "2026-10", "item": payload, "amount_fen": 102}
    told = biller.BillReply.model_validate(
        bill(name=payload, address=payload, message=payload, code=payload, lines=[line], late_fee_fen=0)
    )

    for shown in (told.name, told.address, told.message, told.code, told.lines[0].item):
        assert "\ufffd" in shown or shown.isascii()
        assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for char in shown)


def test_no_character_at_all_passes_unless_it_only_draws_a_glyph() -> None:
    most = 4_096
    adapter = TypeAdapter(Annotated[str, SafeText(most)])
    everything = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    for start in range(0, len(everything), most // 4):
        shown = adapter.validate_python("".join(everything[start : start + most // 4]))
        assert {unicodedata.category(char)[0] for char in shown} <= {"L", "M", "N", "P", "S", "Z"}
        assert not {"\u2028", "\u2029"} & set(shown)


def test_a_text_too_long_is_cut_and_says_so() -> None:
    told = biller.PayReply.model_validate(reply(message="长" * 100_000))

    assert len(told.message) == 200
    assert told.message.endswith("…")


def test_a_payment_stays_paid_whatever_its_message_says() -> None:
    assert biller.PayReply.model_validate(reply(message="\x1b[2J[/x]" * 10_000)).result == "PAID"


def test_markup_stays_as_it_is_because_text_is_never_read_as_markup() -> None:
    assert biller.PayReply.model_validate(reply(message="[@click=app.quit]x[/x]")).message == "[@click=app.quit]x[/x]"


@pytest.mark.parametrize("amount", [True, 1.0, "1", None, 0, -1, 1_000_000_000_000, 10**30])
def test_an_amount_is_a_whole_number_of_fen_in_range(amount: object) -> None:
    with pytest.raises(ValidationError):
        biller.PayReply.model_validate(reply(amount_fen=amount))


CANCEL = {
    "leg_id": "2026112207120700000001-BC-1",
    "channel_id": "TD01",
    "channel_serial": "2026112207120700000001",
    "original_leg_id": "2026112207120700000001-BP-1",
    "consumer_no": "07550031884639",
    "amount_fen": 168_032,
    "reason": "WRONG_CONSUMER",
    "made_at": "2026-11-22T10:31:05+08:00",
    "branch_no": "0712",
    "teller_no": "080315",
}
BOOKING = {
    "leg_id": LEG,
    "channel_id": "TD01",
    "channel_serial": "2026112207120700000001",
    "kind": "TILL_TO_SUSPENSE",
    "debit_account": "TC-0712-07",
    "credit_account": "RP-0712",
    "amount_fen": 168_032,
    "summary": "挂账",
    "branch_no": "0712",
    "till_no": "07",
    "teller_no": "080315",
    "made_at": "2026-11-22T10:31:05+08:00",
}


@pytest.mark.parametrize("word", ["", "OTHER", "wrong_consumer", "TILL_TO_SUSPENSE ", None, 1, True])
def test_reasons_and_kinds_of_booking_are_closed_lists(word: object) -> None:
    assert biller.CancelRequest.model_validate(CANCEL).reason is biller.CancelReason.WRONG_CONSUMER
    assert core.BookingRequest.model_validate(BOOKING).kind is core.BookingKind.TILL_TO_SUSPENSE
    for model in (biller.CancelRequest, biller.ConsentRequest):
        with pytest.raises(ValidationError):
            model.model_validate({**CANCEL, "reason": word})
    with pytest.raises(ValidationError):
        core.BookingRequest.model_validate({**BOOKING, "kind": word})


@pytest.mark.parametrize("changed", [{"amount_fen": 0}, {"original_leg_id": "x"}, {"teller_no": ""}, {"more": 1}])
def test_a_request_to_undo_is_whole_and_nothing_else(changed: dict[str, object]) -> None:
    for model in (biller.CancelRequest, biller.ConsentRequest):
        with pytest.raises(ValidationError):
            model.model_validate({**CANCEL, **changed})


def test_what_a_biller_says_of_an_undoing_is_one_of_a_few_words_and_its_text_is_defused() -> None:
    told = {"leg_id": LEG, "original_leg_id": LEG, "amount_fen": 1, "code": "", "message": "\x1b[2J"}
    cancelled = biller.CancelReply.model_validate({**told, "result": "CANCELLED", "cancel_serial": "C\u202e1"})

    assert "\x1b" not in cancelled.message
    assert "\u202e" not in cancelled.cancel_serial
    for model, serial in ((biller.CancelReply, "cancel_serial"), (biller.ConsentReply, "agreement_no")):
        with pytest.raises(ValidationError):
            model.model_validate({**told, "result": "PAID", serial: "1"})


def test_no_refusal_can_be_read_as_a_result() -> None:
    endpoints = (*biller.ENDPOINTS, *core.ENDPOINTS)

    assert all("REJECTED" not in endpoint.accepted for endpoint in endpoints)
    for endpoint in (biller.CANCEL, biller.INQUIRE_CANCEL, biller.CONSENT, core.BOOK):
        assert endpoint.refusals
        assert not endpoint.accepted & endpoint.refusals
    assert len({endpoint.name for endpoint in endpoints}) == len(endpoints)


@pytest.mark.parametrize("day", ["2026-11-22T00:00:00", "20261122", "2026-13-01", "２０２６-11-22", 1_795_312_205, ""])
def test_an_accounting_date_is_written_in_one_way(day: object) -> None:
    with pytest.raises(ValidationError):
        core.AccountingDateReply.model_validate({"accounting_date": day})


def test_a_reply_may_say_more_and_a_request_may_not() -> None:
    assert biller.PayReply.model_validate(reply(points=5)).result == "PAID"
    with pytest.raises(ValidationError):
        biller.BillQuery.model_validate({"channel_id": "TD01", "consumer_no": "07550031884639", "more": 1})


@pytest.mark.parametrize(
    "changed",
    [{"total_fen": 103}, {"late_fee_fen": 3}, {"lines": []}, {"reference": ""}, {"valid_seconds": 10**9}],
)
def test_a_bill_that_does_not_add_up_is_no_bill(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        biller.BillReply.model_validate(bill(**changed))


@pytest.mark.parametrize("value", ["../../x", "a/b", "a?b=1", "", "x" * 65, "é"])
def test_a_path_cannot_be_broken_out_of(value: str) -> None:
    with pytest.raises(ValueError):
        core.INQUIRE.target({"leg_id": value})


def test_a_path_is_filled() -> None:
    assert core.INQUIRE.target({"leg_id": LEG}) == f"/v1/postings/{LEG}"
