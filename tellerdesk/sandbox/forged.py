"""What the fault front says in a counterpart's name.

A lie about money that a counterpart itself signs cannot be found online; finding it is reconciliation's work. So the
front signs only what is true of the money, or what the desk can see to be wrong by its contents:

valid, duplicated          signed where the request was processed before the answer
reject, 4xx                signed where the request was not processed and never will be
other id, other amount     always signed: the echo is what gives them away
5xx, garbage, wrong type   always signed: the desk must not believe them for their signature
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from tellerdesk.links.contracts import biller, core
from tellerdesk.sandbox.faults import AnswerWay, Processed

Told = dict[str, Any]

_DONE = frozenset({Processed.YES, Processed.TWICE})
_ALL = frozenset(Processed)
SIGNED: dict[AnswerWay, frozenset[Processed]] = {
    AnswerWay.VALID: _DONE,
    AnswerWay.DUPLICATED: _DONE,
    AnswerWay.REJECT: frozenset({Processed.NO}),
    AnswerWay.STATUS_4XX: frozenset({Processed.NO}),
    AnswerWay.OTHER_ID: _ALL,
    AnswerWay.OTHER_AMOUNT: _ALL,
    AnswerWay.STATUS_5XX: _ALL,
    AnswerWay.GARBAGE: _ALL,
    AnswerWay.WRONG_TYPE: _ALL,
}

_REJECTS_HONESTLY = frozenset(
    {
        *(core.POST.name, core.REVERSE.name, core.BOOK.name),
        *(biller.QUERY.name, biller.PAY.name, biller.CANCEL.name, biller.CONSENT.name),
    }
)
"""Elsewhere a refusal would tell something about money moved earlier."""


def may_sign(action: str, way: AnswerWay, processed: Processed) -> bool:
    """Whether the front may put a counterpart's signature to this answer."""
    if way is AnswerWay.REJECT and action not in _REJECTS_HONESTLY:
        return False
    return processed in SIGNED.get(way, _DONE)


def success(action: str, sent: Told, today: date) -> Told:
    """A reply that looks as if the request had been carried out."""
    make = _SUCCESS.get(action)
    return {} if make is None else make(sent, today.isoformat())


def refusal(action: str, sent: Told, today: date) -> Told:
    """A reply that looks like the counterpart's definite no."""
    told = success(action, sent, today)
    told.update(_REFUSAL.get(action, {}))
    return told


def for_another(told: Told) -> Told | None:
    """The reply as if to another request; None where it names no request."""
    for field in ("leg_id", "consumer_no", "account_no"):
        if field in told:
            return {**told, field: _another(told[field])}
    return None


def of_another_amount(told: Told) -> Told | None:
    """The reply with one fen more; None where it has no amount."""
    for field in ("amount_fen", "total_fen"):
        if told.get(field) is not None:
            return {**told, field: told[field] + 1}
    return None


def _another(number: str) -> str:
    """The same with its first digit changed."""
    return ("8" if number[0] == "9" else "9") + number[1:]


def _core_reply(result: str) -> Callable[[Told, str], Told]:
    def make(sent: Told, today: str) -> Told:
        told = {
            "result": result,
            "leg_id": sent.get("leg_id", ""),
            "amount_fen": sent.get("amount_fen", 1),
            "core_serial": "99999999000000000001",
            "accounting_date": today,
            "code": "",
            "message": "",
        }
        return {**told, "original_leg_id": sent["original_leg_id"]} if "original_leg_id" in sent else told

    return make


def _biller_reply(result: str, serial: str = "biller_serial") -> Callable[[Told, str], Told]:
    def make(sent: Told, _today: str) -> Told:
        told = {
            "result": result,
            "leg_id": sent.get("leg_id", ""),
            "amount_fen": sent.get("amount_fen", 1),
            serial: "DL999999990000000001",
            "code": "",
            "message": "",
        }
        return {**told, "original_leg_id": sent["original_leg_id"]} if "original_leg_id" in sent else told

    return make


def _bill(sent: Told, today: str) -> Told:
    return {
        "result": "FOUND",
        "consumer_no": sent.get("consumer_no", ""),
        "name": "王晓燕",
        "address": "深圳市南山区科技园路 18 号 302",
        "lines": [{"period": today[:7], "item": "电费", "amount_fen": 1}],
        "late_fee_fen": 0,
        "total_fen": 1,
        "reference": "DL99999999999999",
        "valid_seconds": 900,
        "code": "",
        "message": "",
    }


def _account(sent: Told, _today: str) -> Told:
    return {
        "result": "FOUND",
        "account_no": sent.get("account_no", ""),
        "kind": "CUSTOMER",
        "holder": "*晓燕",
        "status": "NORMAL",
        "code": "",
        "message": "",
    }


_SUCCESS: dict[str, Callable[[Told, str], Told]] = {
    core.POST.name: _core_reply("POSTED"),
    core.REVERSE.name: _core_reply("REVERSED"),
    core.INQUIRE.name: _core_reply("POSTED"),
    core.BOOK.name: _core_reply("BOOKED"),
    core.INQUIRE_BOOKING.name: _core_reply("BOOKED"),
    core.ACCOUNTING_DATE.name: lambda _sent, today: {"accounting_date": today},
    core.ACCOUNT.name: _account,
    biller.QUERY.name: _bill,
    biller.PAY.name: _biller_reply("PAID"),
    biller.INQUIRE.name: _biller_reply("PAID"),
    biller.TOMBSTONE.name: _biller_reply("LAID"),
    biller.CANCEL.name: _biller_reply("CANCELLED", "cancel_serial"),
    biller.INQUIRE_CANCEL.name: _biller_reply("CANCELLED", "cancel_serial"),
    biller.CONSENT.name: _biller_reply("AGREED", "agreement_no"),
}

_NO_SERIAL = {"core_serial": ""}
_NO_CANCEL = {"result": "REJECTED", "code": "OTHER_DAY", "message": "该笔缴费已过当日日切，不能撤销"}
_REFUSAL: dict[str, Told] = {
    core.POST.name: {"result": "REJECTED", "code": "ACCOUNT_FROZEN", "message": "账户已冻结", **_NO_SERIAL},
    core.REVERSE.name: {"result": "REJECTED", "code": "CORE_CLOSED", "message": "核心系统暂停服务", **_NO_SERIAL},
    core.INQUIRE.name: {"result": "REJECTED", "code": "ACCOUNT_FROZEN", "message": "账户已冻结", **_NO_SERIAL},
    core.BOOK.name: {"result": "REJECTED", "code": "CORE_CLOSED", "message": "核心系统暂停服务", **_NO_SERIAL},
    core.INQUIRE_BOOKING.name: {
        "result": "REJECTED",
        "code": "CORE_CLOSED",
        "message": "核心系统暂停服务",
        **_NO_SERIAL,
    },
    core.ACCOUNT.name: {"result": "REJECTED", "code": "ACCOUNT_NOT_FOUND", "message": "账户不存在"},
    biller.QUERY.name: {
        "result": "REJECTED",
        "code": "CLOSED",
        "message": "系统维护，暂停受理",
        "lines": [],
        "total_fen": 0,
        "reference": "",
    },
    biller.PAY.name: {"result": "REJECTED", "code": "CLOSED", "message": "系统维护，暂停受理缴费", "biller_serial": ""},
    biller.INQUIRE.name: {"result": "REJECTED", "code": "CLOSED", "message": "系统维护", "biller_serial": ""},
    biller.TOMBSTONE.name: {"result": "PAID", "message": "该笔缴费已受理"},
    biller.CANCEL.name: {**_NO_CANCEL, "cancel_serial": ""},
    biller.INQUIRE_CANCEL.name: {**_NO_CANCEL, "cancel_serial": ""},
    biller.CONSENT.name: {"result": "REJECTED", "code": "CLOSED", "message": "系统维护，暂停受理", "agreement_no": ""},
}
