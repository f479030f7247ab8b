"""The parts of a biller's file, each with the rules that keep money and tellers out of trouble.

A rule raises `mistakes.wrong`; all rules of a file are tried, so that its author reads every mistake at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from tellerdesk.billers.patterns import LONGEST_NUMBER, MOST_WAYS, Measure, PatternRefused, measure
from tellerdesk.billers.states import AmountRule, InvoiceMode
from tellerdesk.checked.mistakes import wrong
from tellerdesk.checked.parts import Part, Said
from tellerdesk.money import MAX_FEN
from tellerdesk.text import clean

CHECKSUMS: dict[str, Callable[[str], bool]] = {
    "mod_97_10": mod_97_10.is_valid,
    "luhn": luhn.is_valid,
}
"""By the name a catalogue file gives; each says whether a number with its check digits is right."""

NEVER_DEFINITE = frozenset(
    {"ALREADY_PAID", "DUPLICATE", "IN_PROGRESS", "PENDING", "PROCESSING", "SYSTEM_ERROR", "TIMEOUT", "UNKNOWN"}
)
"""Codes that do not prove that nothing was taken: taken for a refusal, they would have core give paid money back."""

SHORTEST_CONSUMER_NO = 4


class Asked(Part):
    """Something a look-up asks for."""

    IGNORED: ClassVar[str] = r"\s"
    """What a teller may type in between."""

    label: Said
    pattern: str
    length: Annotated[int, Field(ge=1, le=LONGEST_NUMBER)]
    """Of the longest number the pattern takes."""
    checksum: Literal["none", "mod_97_10", "luhn"] = "none"
    example: str

    @field_validator("pattern")
    @classmethod
    def _can_be_measured(cls, pattern: str) -> str:
        try:
            measure(pattern)
        except PatternRefused as refused:
            raise wrong("error.catalogue.pattern", at=refused.at, longest=LONGEST_NUMBER, ways=MOST_WAYS) from None
        return pattern

    @field_validator("length")
    @classmethod
    def _is_the_longest(cls, length: int, given: ValidationInfo) -> int:
        if "pattern" in given.data and _measured(given).most != length:
            raise wrong("error.catalogue.length", most=_measured(given).most)
        return length

    @field_validator("example")
    @classmethod
    def _passes(cls, example: str, given: ValidationInfo) -> str:
        pattern, checksum = given.data.get("pattern"), given.data.get("checksum")
        if cls.folded(example) != example:
            raise wrong("error.catalogue.example_folded", folded=clean(cls.folded(example)))
        if pattern is not None and not re.fullmatch(pattern, example, re.ASCII):
            raise wrong("error.catalogue.example_pattern", pattern=pattern)
        if checksum is not None and not _checks(checksum, example):
            raise wrong("error.catalogue.example_checksum", checksum=checksum)
        return example

    @classmethod
    def folded(cls, text: str) -> str:
        """What was typed as the biller is told it: in capitals, without what is ignored."""
        return re.sub(cls.IGNORED, "", text).upper()

    def passes(self, number: str) -> bool:
        """Whether a folded number is of the right form; its check digits are another question."""
        return re.fullmatch(self.pattern, number, re.ASCII) is not None

    def checks(self, number: str) -> bool:
        return _checks(self.checksum, number)


class Consumer(Asked):
    """The number a consumer has with the biller. `personal` numbers (a phone) are sealed at rest."""

    IGNORED: ClassVar[str] = r"[\s-]"

    personal: bool

    @field_validator("pattern")
    @classmethod
    def _is_long_enough(cls, pattern: str) -> str:
        if measure(pattern).least < SHORTEST_CONSUMER_NO:
            raise wrong("error.catalogue.consumer_short", least=SHORTEST_CONSUMER_NO)
        return pattern


class MoreAsked(Asked):
    """What this biller asks besides; `key` names it in the message."""

    key: Annotated[str, Field(pattern=r"^[a-z_]{1,24}$")]
    required: bool = True

    @field_validator("pattern")
    @classmethod
    def _is_never_empty(cls, pattern: str) -> str:
        if measure(pattern).least < 1:
            raise wrong("error.catalogue.field_empty")
        return pattern


def _measured(given: ValidationInfo) -> Measure:
    return measure(given.data["pattern"])


def _checks(checksum: str, number: str) -> bool:
    return checksum == "none" or CHECKSUMS[checksum](number)


class Amount(Part):
    """What may be paid. The bounds hold where the rule leaves the amount open, in whole fen."""

    rule: Annotated[AmountRule, Field(strict=False)]
    min_fen: Annotated[int, Field(ge=1, le=MAX_FEN)] = 1
    max_fen: Annotated[int, Field(ge=1, le=MAX_FEN)] = MAX_FEN
    step_fen: Annotated[int, Field(ge=1, le=MAX_FEN)] = 1

    @field_validator("min_fen", "max_fen", "step_fen")
    @classmethod
    def _is_used(cls, fen: int, given: ValidationInfo) -> int:
        if given.data.get("rule") is AmountRule.EXACT:
            raise wrong("error.catalogue.bound_unused", rule=AmountRule.EXACT.value)
        return fen

    @field_validator("max_fen")
    @classmethod
    def _is_not_below_the_least(cls, most: int, given: ValidationInfo) -> int:
        least = given.data.get("min_fen", 1)
        if most < least:
            raise wrong("error.catalogue.most_below_least", least=least)
        return most

    @field_validator("step_fen")
    @classmethod
    def _divides_the_bounds(cls, step: int, given: ValidationInfo) -> int:
        bounds = (given.data.get("min_fen", 1), given.data.get("max_fen", MAX_FEN))
        if any(bound % step for bound in bounds if bound not in {1, MAX_FEN}):
            raise wrong("error.catalogue.step_uneven")
        return step

    @model_validator(mode="after")
    def _free_is_bounded(self) -> Self:
        """Where nothing is owed, nothing else would stop a zero too many."""
        if self.rule is AmountRule.FREE and not {"min_fen", "max_fen"} <= self.model_fields_set:
            raise wrong("error.catalogue.free_unbounded")
        return self


def _time_of_day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value, re.ASCII):
        return time.fromisoformat(value)
    if isinstance(value, time):
        return value
    raise wrong("error.catalogue.time_of_day")


class Hours(Part):
    """When the biller takes payments, in the branch's time of day: from `open` until just before `close`, over
    midnight where `close` is the earlier one."""

    open: Annotated[time, BeforeValidator(_time_of_day)]
    close: Annotated[time, BeforeValidator(_time_of_day)]

    @field_validator("close")
    @classmethod
    def _is_another_time(cls, close: time, given: ValidationInfo) -> time:
        if close == given.data.get("open"):
            raise wrong("error.catalogue.hours_equal")
        return close


class Invoice(Part):
    mode: Annotated[InvoiceMode, Field(strict=False)] = InvoiceMode.BANK


class Deadlines(Part):
    """The longest a question may take, in seconds."""

    query_s: Annotated[float, Field(gt=0, le=60)]
    pay_s: Annotated[float, Field(gt=0, le=120)]
    inquire_s: Annotated[float, Field(gt=0, le=60)]


class Capabilities(Part):
    """What the biller's side can do about a message whose fate is not known."""

    dedupe: bool
    inquiry: bool
    tombstone: bool
    cancel: bool = False
    """It takes payments back: cancels those of its day, and says whether it agrees to the refund of earlier ones."""
    message_validity_s: Annotated[int, Field(ge=0, le=604_800)]
    person_decides: bool = False
    """Said by whoever knows that a payment in doubt waits for a person here."""

    @field_validator("cancel")
    @classmethod
    def _knows_what_to_cancel(cls, cancel: bool, given: ValidationInfo) -> bool:
        """A payment is cancelled by its id, which a biller that is neither asked by id nor remembers ids never kept."""
        if cancel and not (given.data.get("dedupe", True) or given.data.get("inquiry", True)):
            raise wrong("error.catalogue.cancel_without_ids")
        return cancel

    @model_validator(mode="after")
    def _doubt_has_an_end(self) -> Self:
        """A payment in doubt ends by itself where the biller can be asked about it and "not found" can be made sure of,
        by a tombstone or because old messages are no longer applied."""
        ends = self.inquiry and (self.tombstone or self.message_validity_s > 0)
        if ends and self.person_decides:
            raise wrong("error.catalogue.person_not_needed")
        if not ends and not self.person_decides:
            raise wrong("error.catalogue.person_needed")
        return self


def _definite(code: str) -> str:
    if code in NEVER_DEFINITE:
        raise wrong("error.catalogue.never_definite", code=code)
    return code


RefusalCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,39}$"), AfterValidator(_definite)]


class Refusals(Part):
    """The codes with which this biller's "rejected" is a definite no."""

    codes: Annotated[frozenset[RefusalCode], Field(strict=False, min_length=1)]


def _not_a_till(account: str) -> str:
    if account.startswith("TC-"):
        raise wrong("error.catalogue.till_account", account=account)
    return account


Account = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{3,34}$"), AfterValidator(_not_a_till)]


class Accounts(Part):
    """Accounts at core: where payments wait, and where clearing moves them."""

    internal: Account
    settlement: Account

    @field_validator("settlement")
    @classmethod
    def _is_another_account(cls, settlement: str, given: ValidationInfo) -> str:
        if settlement == given.data.get("internal"):
            raise wrong("error.catalogue.same_account")
        return settlement
