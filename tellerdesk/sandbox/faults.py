"""What can go wrong between the desk and a counterpart: a product of two lists, and names for the ones people ask for.

What became of the request (`Processed`) and what the desk gets to see (`AnswerWay`) are independent: 4 x 16 cases for
each kind of message.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tellerdesk.i18n import Bilingual


class Processed(StrEnum):
    """What becomes of the request at the counterpart."""

    NO = "no"
    YES = "yes"
    LATE = "late"
    """it arrives only after a delay, so that a question asked meanwhile says "not found" """
    TWICE = "twice"


class AnswerWay(StrEnum):
    """What the desk gets to see."""

    RESET = "reset"
    TIMEOUT = "timeout"
    STATUS_4XX = "4xx"
    STATUS_5XX = "5xx"
    GARBAGE = "garbage"
    WRONG_TYPE = "wrong-type"
    REJECT = "reject"
    OTHER_ID = "other-id"
    OTHER_AMOUNT = "other-amount"
    OVERSIZED = "oversized"
    GZIP_BOMB = "gzip-bomb"
    SLOW_HEAD = "slow-head"
    SLOW_BODY = "slow-body"
    TRUNCATED = "truncated"
    DUPLICATED = "duplicated"
    VALID = "valid"
    REFUSED = "refused"
    """no answer at all: the port refuses connections. Concerns a whole counterpart, and is not part of the product."""


PRODUCT = tuple((processed, way) for processed in Processed for way in AnswerWay if way is not AnswerWay.REFUSED)
"""The 64 cases."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`action` is an endpoint's name (BILLER_PAY); for REFUSED it is the counterpart's."""

    action: str
    processed: Processed
    answer: AnswerWay
    description: Bilingual


FAULTS: dict[str, Fault] = {
    "biller-timeout": Fault(
        "BILLER_PAY",
        Processed.YES,
        AnswerWay.TIMEOUT,
        Bilingual("缴费单位已入账，但应答丢失", "the biller takes the payment, its answer is lost"),
    ),
    "biller-lost": Fault(
        "BILLER_PAY",
        Processed.NO,
        AnswerWay.TIMEOUT,
        Bilingual("缴费请求丢失，缴费单位未收到", "the payment never reaches the biller, and nothing comes back"),
    ),
    "biller-late": Fault(
        "BILLER_PAY",
        Processed.LATE,
        AnswerWay.TIMEOUT,
        Bilingual("缴费请求迟到：先查无此笔，随后才入账", "the payment reaches the biller after the desk gave up"),
    ),
    "biller-twice": Fault(
        "BILLER_PAY",
        Processed.TWICE,
        AnswerWay.VALID,
        Bilingual("缴费请求被网络重复投递", "the network delivers the payment twice"),
    ),
    "biller-refuses": Fault(
        "BILLER_PAY",
        Processed.NO,
        AnswerWay.REJECT,
        Bilingual("缴费单位拒绝缴费，核心自动冲正", "the biller refuses the payment; core is reversed"),
    ),
    "biller-down": Fault(
        "electricity", Processed.NO, AnswerWay.REFUSED, Bilingual("缴费单位不可连接", "the biller refuses connections")
    ),
    "biller-garbage": Fault(
        "BILLER_PAY",
        Processed.YES,
        AnswerWay.GARBAGE,
        Bilingual("缴费单位已入账，应答是乱码", "the biller takes the payment and answers garbage"),
    ),
    "biller-cut": Fault(
        "BILLER_PAY",
        Processed.YES,
        AnswerWay.RESET,
        Bilingual("缴费单位已入账，应答前线路中断", "the biller takes the payment; the line breaks before its answer"),
    ),
    "biller-slow": Fault(
        "BILLER_PAY",
        Processed.YES,
        AnswerWay.SLOW_BODY,
        Bilingual(
            "缴费单位已入账，应答一字节一字节地来", "the biller takes the payment; its answer drips byte by byte"
        ),
    ),
    "biller-other-amount": Fault(
        "BILLER_PAY",
        Processed.YES,
        AnswerWay.OTHER_AMOUNT,
        Bilingual("缴费单位应答的金额不符", "the biller answers with another amount"),
    ),
    "biller-error": Fault(
        "BILLER_PAY",
        Processed.YES,
        AnswerWay.STATUS_5XX,
        Bilingual("缴费单位已入账，却应答系统错误", "the biller takes the payment and answers 500"),
    ),
    "query-timeout": Fault(
        "BILLER_QUERY",
        Processed.NO,
        AnswerWay.TIMEOUT,
        Bilingual("欠费查询无应答", "the look-up of a bill is not answered"),
    ),
    "inquiry-timeout": Fault(
        "BILLER_INQUIRE",
        Processed.NO,
        AnswerWay.TIMEOUT,
        Bilingual("缴费单位的结果查询无应答", "the biller does not answer what became of a payment"),
    ),
    "inquiry-cut": Fault(
        "BILLER_INQUIRE",
        Processed.NO,
        AnswerWay.RESET,
        Bilingual("结果查询时线路中断", "the line breaks whenever the biller is asked what became of a payment"),
    ),
    "core-timeout": Fault(
        "CORE_POST",
        Processed.YES,
        AnswerWay.TIMEOUT,
        Bilingual("核心已记账，但应答丢失", "core posts, its answer is lost"),
    ),
    "core-lost": Fault(
        "CORE_POST",
        Processed.NO,
        AnswerWay.TIMEOUT,
        Bilingual("记账请求丢失，核心未收到", "the posting never reaches core, and nothing comes back"),
    ),
    "core-late": Fault(
        "CORE_POST",
        Processed.LATE,
        AnswerWay.TIMEOUT,
        Bilingual("记账请求迟到：先查无此笔，随后才记账", "the posting reaches core after the desk gave up"),
    ),
    "core-refuses": Fault(
        "CORE_POST",
        Processed.NO,
        AnswerWay.REJECT,
        Bilingual("核心拒绝记账", "core refuses the posting"),
    ),
    "core-down": Fault("core", Processed.NO, AnswerWay.REFUSED, Bilingual("核心不可连接", "core refuses connections")),
    "reversal-timeout": Fault(
        "CORE_REVERSE",
        Processed.YES,
        AnswerWay.TIMEOUT,
        Bilingual("核心已冲正，但应答丢失", "core reverses, its answer is lost"),
    ),
    "reversal-refused": Fault(
        "CORE_REVERSE",
        Processed.NO,
        AnswerWay.REJECT,
        Bilingual("核心拒绝冲正", "core refuses the reversal"),
    ),
    "cancel-timeout": Fault(
        "BILLER_CANCEL",
        Processed.YES,
        AnswerWay.TIMEOUT,
        Bilingual("缴费单位已撤销，但应答丢失", "the biller cancels the payment, its answer is lost"),
    ),
    "cancel-lost": Fault(
        "BILLER_CANCEL",
        Processed.NO,
        AnswerWay.TIMEOUT,
        Bilingual("撤销请求丢失，缴费单位未收到", "the cancellation never reaches the biller, and nothing comes back"),
    ),
    "cancel-late": Fault(
        "BILLER_CANCEL",
        Processed.LATE,
        AnswerWay.TIMEOUT,
        Bilingual(
            "撤销请求迟到：先查无此撤销，随后才撤销", "the cancellation reaches the biller after the desk gave up"
        ),
    ),
    "cancel-twice": Fault(
        "BILLER_CANCEL",
        Processed.TWICE,
        AnswerWay.VALID,
        Bilingual("撤销请求被网络重复投递", "the network delivers the cancellation twice"),
    ),
    "cancel-refused": Fault(
        "BILLER_CANCEL",
        Processed.NO,
        AnswerWay.REJECT,
        Bilingual("缴费单位拒绝撤销，原缴费有效", "the biller refuses the cancellation; the payment stands"),
    ),
    "cancel-inquiry-timeout": Fault(
        "BILLER_INQUIRE_CANCEL",
        Processed.NO,
        AnswerWay.TIMEOUT,
        Bilingual("缴费单位的撤销结果查询无应答", "the biller does not answer what became of a cancellation"),
    ),
    "consent-timeout": Fault(
        "BILLER_CONSENT",
        Processed.YES,
        AnswerWay.TIMEOUT,
        Bilingual("缴费单位已同意退费，但应答丢失", "the biller agrees to a refund, its answer is lost"),
    ),
    "consent-refused": Fault(
        "BILLER_CONSENT",
        Processed.NO,
        AnswerWay.REJECT,
        Bilingual("缴费单位不同意退费", "the biller does not agree to a refund"),
    ),
    "booking-timeout": Fault(
        "CORE_BOOK",
        Processed.YES,
        AnswerWay.TIMEOUT,
        Bilingual("核心已记内部账，但应答丢失", "core makes a booking of its own accounts, its answer is lost"),
    ),
    "booking-lost": Fault(
        "CORE_BOOK",
        Processed.NO,
        AnswerWay.TIMEOUT,
        Bilingual("内部记账请求丢失，核心未收到", "the booking never reaches core, and nothing comes back"),
    ),
    "booking-late": Fault(
        "CORE_BOOK",
        Processed.LATE,
        AnswerWay.TIMEOUT,
        Bilingual("内部记账请求迟到：先查无此笔，随后才记账", "the booking reaches core after the desk gave up"),
    ),
    "booking-refused": Fault(
        "CORE_BOOK",
        Processed.NO,
        AnswerWay.REJECT,
        Bilingual("核心拒绝内部记账", "core refuses the booking"),
    ),
}
"""Faults by the names people use; the command line's help lists them."""
