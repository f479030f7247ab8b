"""An answer amounts to one of four things, whatever the counterpart does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerdesk.i18n import Bilingual
from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.client import Exchange
from tellerdesk.links.contracts import biller, core
from tellerdesk.links.lights import LightState
from tellerdesk.links.link import Link
from tellerdesk.links.strict_json import NotStrictJson, canonical_json

LEG = "2026112207120700000001-BP-1"
OTHER_LEG = "2026112207120700000002-BP-1"
PAY = canonical_json({"leg_id": LEG, "amount_fen": 168_032})
PAID = {
    "result": "PAID",
    "leg_id": LEG,
    "amount_fen": 168_032,
    "biller_serial": "DL1",
    "code": "",
    "message": "缴费成功",
}
POSTED = {
    "result": "POSTED",
    "leg_id": LEG,
    "amount_fen": 168_032,
    "core_serial": "1",
    "accounting_date": "2026-11-22",
    "code": "",
    "message": "",
}


@dataclass
class Counterpart:
    """Says what it is told to, and takes as long as it is told to."""

    says: Exchange
    takes_s: float = 0.1
    now_s: float = 0.0
    wall: datetime = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    asked: list[tuple[str, str, bytes, str, float]] = field(default_factory=list)

    def exchange(self, method: str, target: str, body: bytes, request_id: str, deadline_s: float) -> Exchange:
        self.asked.append((method, target, body, request_id, deadline_s))
        self.now_s += self.takes_s
        return self.says

    def monotonic(self) -> float:
        return self.now_s

    def now(self) -> datetime:
        """Set back by an hour with every look: a link measures by the monotonic clock."""
        self.wall -= timedelta(hours=1)
        return self.wall


def answered(body: object, status: int = 200, **changed: Any) -> Exchange:
    raw = body if isinstance(body, bytes) else canonical_json(body)
    return replace(Exchange("answered", status, raw, signed=True, content_type="application/json"), **changed)


def link(says: Exchange, takes_s: float = 0.1, refusals: frozenset[str] = frozenset({"CLOSED"})) -> Link:
    counterpart = Counterpart(says, takes_s)
    return Link("1101", Bilingual("电力", "Power"), counterpart, 5.0, refusals, counterpart)


def pay(says: Exchange, body: bytes = PAY) -> tuple[AnswerKind, str]:
    told = link(says).call(biller.PAY, request_id="r", body=body)
    return told.kind, told.code


def test_a_proven_yes_is_accepted_with_its_reply() -> None:
    told = link(answered(PAID)).call(biller.PAY, request_id="r", body=PAY)

    assert told.kind is AnswerKind.ACCEPTED
    assert told.body is not None
    assert told.body.biller_serial == "DL1"
    assert told.message == "缴费成功"


def test_a_listed_refusal_is_a_definite_no_and_another_one_is_not() -> None:
    no = {**PAID, "result": "REJECTED", "biller_serial": ""}

    assert pay(answered({**no, "code": "CLOSED"})) == (AnswerKind.REJECTED, "CLOSED")
    assert pay(answered({**no, "code": "E9999"})) == (AnswerKind.UNKNOWN, "unlisted-code")
    assert pay(answered({**no, "code": ""})) == (AnswerKind.UNKNOWN, "unlisted-code")


def test_core_refuses_with_the_codes_of_its_contract() -> None:
    no = {**POSTED, "result": "REJECTED", "core_serial": "", "code": "ACCOUNT_FROZEN"}

    assert link(answered(no)).call(core.POST, request_id="r", body=PAY).kind is AnswerKind.REJECTED


@pytest.mark.parametrize("status", [201, 204, 301, 307, 400, 404, 409, 422, 500, 501, 502, 503])
def test_any_status_but_200_is_unknown(status: int) -> None:
    assert pay(answered(PAID, status)) == (AnswerKind.UNKNOWN, f"http-{status}")


@pytest.mark.parametrize("status", [401, 413, 429])
def test_answered_before_processing_is_unsent_only_where_it_is_signed(status: int) -> None:
    problem = {"error": "TOO_MANY", "message": "稍后再试"}

    assert pay(answered(problem, status)) == (AnswerKind.UNSENT, f"http-{status}")
    assert pay(answered(problem, status, signed=False)) == (AnswerKind.UNKNOWN, "bad-signature")


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (answered(PAID, signed=False), "bad-signature"),
        (answered({**PAID, "result": "REJECTED", "code": "CLOSED"}, signed=False), "bad-signature"),
        (answered(PAID, content_type="text/html"), "wrong-type"),
        (answered(PAID, content_type=""), "wrong-type"),
        (answered(b'{"result":"PAID","result":"REJECTED"}'), "not-json"),
        (answered(b"\xff"), "not-json"),
        (answered(b""), "not-json"),
        (answered(b"[]"), "wrong-shape"),
        (answered({}), "wrong-shape"),
        (answered({**PAID, "amount_fen": 168_032.0}), "wrong-shape"),
        (answered({**PAID, "result": "MAYBE"}), "wrong-shape"),
        (answered({**PAID, "leg_id": OTHER_LEG}), "other-leg-id"),
        (answered({**PAID, "amount_fen": 168_033}), "other-amount-fen"),
        (Exchange("unknown", reason="timeout"), "timeout"),
        (Exchange("unknown", 200, reason="oversized"), "oversized"),
    ],
)
def test_what_proves_nothing_is_unknown(says: Exchange, code: str) -> None:
    assert pay(says) == (AnswerKind.UNKNOWN, code)


def test_what_was_not_written_is_unsent() -> None:
    assert pay(Exchange("unsent", reason="not-connected")) == (AnswerKind.UNSENT, "not-connected")


def test_a_refusal_too_must_be_for_this_very_request() -> None:
    no = {**PAID, "result": "REJECTED", "code": "CLOSED", "leg_id": OTHER_LEG}

    assert pay(answered(no)) == (AnswerKind.UNKNOWN, "other-leg-id")


def test_a_reversal_must_name_what_it_reverses() -> None:
    sent = {"leg_id": "2026112207120700000001-CR-1", "original_leg_id": LEG, "amount_fen": 168_032}
    reply = {**POSTED, **sent, "result": "REVERSED"}

    right = link(answered(reply)).call(core.REVERSE, request_id="r", body=canonical_json(sent))
    wrong = link(answered({**reply, "original_leg_id": OTHER_LEG})).call(
        core.REVERSE, request_id="r", body=canonical_json(sent)
    )

    assert right.kind is AnswerKind.ACCEPTED
    assert (wrong.kind, wrong.code) == (AnswerKind.UNKNOWN, "other-original-leg-id")


def test_an_inquiry_must_answer_for_the_leg_in_its_path() -> None:
    def inquire(leg_id: str) -> tuple[AnswerKind, str]:
        told = link(answered({**PAID, "leg_id": leg_id})).call(biller.INQUIRE, request_id="r", path={"leg_id": LEG})
        return told.kind, told.code

    assert inquire(LEG) == (AnswerKind.ACCEPTED, "")
    assert inquire(OTHER_LEG) == (AnswerKind.UNKNOWN, "other-leg-id")


@pytest.mark.parametrize("result", ["PAID", "PROCESSING", "NOT_FOUND", "TOMBSTONED"])
def test_an_inquiry_is_answered_by_any_state_but_a_refusal(result: str) -> None:
    told = link(answered({**PAID, "result": result, "amount_fen": None})).call(
        biller.INQUIRE, request_id="r", path={"leg_id": LEG}
    )

    assert told.kind is AnswerKind.ACCEPTED
    assert told.body is not None
    assert told.body.result == result


@pytest.mark.req("B3")
def test_a_bill_for_another_consumer_is_not_taken() -> None:
    body = canonical_json({"channel_id": "TD01", "consumer_no": "07550031884639"})
    reply = {
        **{"result": "FOUND", "name": "王晓燕", "address": "", "late_fee_fen": 0, "total_fen": 0, "lines": []},
        **{"reference": "DL1", "valid_seconds": 900, "code": "", "message": ""},
    }

    def query(consumer_no: str) -> AnswerKind:
        says = answered({**reply, "consumer_no": consumer_no})
        return link(says).call(biller.QUERY, request_id="r", body=body).kind

    assert query("07550031884639") is AnswerKind.ACCEPTED
    assert query("07550073776223") is AnswerKind.UNKNOWN


@given(
    st.builds(
        Exchange,
        st.just("answered"),
        st.integers(100, 599),
        st.binary(max_size=60) | st.sampled_from([canonical_json(PAID)]),
        signed=st.booleans(),
        content_type=st.sampled_from(["application/json", "application/json; charset=utf-8", "text/html", ""]),
    )
)
def test_nothing_a_counterpart_says_raises_and_nothing_unproven_is_definite(says: Exchange) -> None:
    kind, _ = pay(says)

    if kind is not AnswerKind.UNKNOWN:
        assert says.signed
    if kind is AnswerKind.ACCEPTED:
        assert (says.status, says.body) == (200, canonical_json(PAID))


def test_the_body_goes_out_byte_for_byte() -> None:
    counterpart = Counterpart(answered(PAID))
    one = Link("1101", Bilingual("电力", "Power"), counterpart, 5.0, frozenset(), counterpart)
    one.call(biller.PAY, request_id="r-9", body=PAY, deadline_s=8.0)

    assert counterpart.asked == [("POST", "/v1/payments", PAY, "r-9", 8.0)]


@pytest.mark.parametrize("body", [b"[1]", b'{"a":1,"a":2}', b"x"])
def test_a_malformed_request_of_ours_is_not_sent(body: bytes) -> None:
    counterpart = Counterpart(answered(PAID))
    one = Link("1101", Bilingual("电力", "Power"), counterpart, 5.0, frozenset(), counterpart)
    with pytest.raises(NotStrictJson):
        one.call(biller.PAY, request_id="r", body=body)

    assert counterpart.asked == []


@pytest.mark.parametrize(
    ("says", "takes_s", "state"),
    [
        (answered(PAID), 0.1, LightState.UP),
        (answered(PAID), 2.4, LightState.UP),
        (answered(PAID), 2.6, LightState.SLOW),
        (answered({**PAID, "result": "REJECTED", "code": "CLOSED"}), 0.1, LightState.UP),
        (Exchange("unsent", reason="not-connected"), 0.1, LightState.DOWN),
        (Exchange("unknown", reason="timeout"), 5.0, LightState.SLOW),
        (Exchange("unknown", reason="reset"), 0.1, LightState.DOWN),
        (answered(PAID, signed=False), 0.1, LightState.DOWN),
        (answered(PAID, 503), 0.1, LightState.DOWN),
        (answered({"error": "SIGNATURE", "message": ""}, 401), 0.1, LightState.DOWN),
        (answered({"error": "TOO_LARGE", "message": ""}, 413), 0.1, LightState.UP),
        (answered({"error": "TOO_MANY", "message": ""}, 429), 0.1, LightState.SLOW),
        (answered({**PAID, "result": "REJECTED", "code": "E9999"}), 0.1, LightState.UP),
    ],
)
def test_the_light_shows_what_the_last_call_met(says: Exchange, takes_s: float, state: LightState) -> None:
    one = link(says, takes_s)
    assert one.light.state is LightState.UNKNOWN

    one.call(biller.PAY, request_id="r", body=PAY)

    assert one.light.state is state


def test_more_than_three_seconds_are_slow_however_long_the_deadline() -> None:
    one = link(answered(PAID), 3.1)
    one.call(biller.PAY, request_id="r", body=PAY, deadline_s=60)

    assert one.light.state is LightState.SLOW


def test_the_third_timeout_in_a_row_is_down_and_an_answer_makes_it_well_again() -> None:
    silent = Exchange("unknown", reason="timeout")
    counterpart = Counterpart(silent)
    one = Link("1101", Bilingual("电力", "Power"), counterpart, 5.0, frozenset(), counterpart)
    seen = []
    for says in (silent, silent, silent, answered(PAID)):
        counterpart.says = says
        one.call(biller.PAY, request_id="r", body=PAY)
        seen.append(one.light.state)

    assert seen == [LightState.SLOW, LightState.SLOW, LightState.DOWN, LightState.UP]


def test_the_clocks_are_compared_only_by_a_signed_answer() -> None:
    noon = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    counterpart = Counterpart(answered(PAID, signed=False, told_at=noon))
    one = Link("1101", Bilingual("电力", "Power"), counterpart, 5.0, frozenset(), counterpart)
    one.call(biller.PAY, request_id="r", body=PAY)
    assert one.clock_gap_s is None

    counterpart.says = answered(PAID, told_at=noon)
    counterpart.wall = noon + timedelta(hours=1, seconds=90)
    one.call(biller.PAY, request_id="r", body=PAY)
    assert one.clock_gap_s == 90


def test_the_newest_accounting_date_of_a_verified_answer_is_kept() -> None:
    counterpart = Counterpart(answered({**POSTED, "accounting_date": "2026-11-23"}))
    one = Link("core", Bilingual("核心", "Core"), counterpart, 5.0, frozenset(), counterpart)
    assert one.last_accounting_date is None

    one.call(core.POST, request_id="r", body=PAY)
    assert one.last_accounting_date == date(2026, 11, 23)

    counterpart.says = answered({**POSTED, "accounting_date": "2026-11-22"})
    one.call(core.POST, request_id="r", body=PAY)
    assert one.last_accounting_date == date(2026, 11, 23)

    for unproven in (
        answered({**POSTED, "accounting_date": "2026-12-31"}, signed=False),
        answered({**POSTED, "accounting_date": "2026-12-31", "leg_id": OTHER_LEG}),
    ):
        counterpart.says = unproven
        one.call(core.POST, request_id="r", body=PAY)
    assert one.last_accounting_date == date(2026, 11, 23)
