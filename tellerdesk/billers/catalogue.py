"""The catalogue: one TOML file for each biller. Differences between billers are data here and nowhere code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from tellerdesk.billers.states import AmountRule, InvoiceMode
from tellerdesk.clock import branch_time
from tellerdesk.errors import BadInput, BadSetup, Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.money import MAX_FEN, format_fen
from tellerdesk.text import typed

SHIPPED = Path(__file__).parent / "catalogue"

CHECKSUMS: dict[str, Callable[[str], bool]] = {
    "mod_97_10": mod_97_10.is_valid,
    "luhn": luhn.is_valid,
}
"""By the name a catalogue file gives; each says whether a number with its check digits is right."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Part):
    """A name in both languages."""

    zh_CN: Annotated[str, Field(min_length=1, max_length=60)]
    en: Annotated[str, Field(min_length=1, max_length=60)]

    @property
    def both(self) -> Bilingual:
        return Bilingual(self.zh_CN, self.en)


def _time_of_day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value, re.ASCII):
        return time.fromisoformat(value)
    if isinstance(value, time):
        return value
    raise ValueError('a time of day is written "HH:MM"')


def _compiles(pattern: str) -> str:
    re.compile(pattern)
    return pattern


class Asked(_Part):
    """Something a look-up asks for."""

    label: Said
    pattern: Annotated[str, AfterValidator(_compiles)]
    length: Annotated[int, Field(ge=1, le=32)]
    checksum: Literal["none", "mod_97_10", "luhn"] = "none"
    example: str

    @model_validator(mode="after")
    def _example_passes(self) -> Self:
        if not re.fullmatch(self.pattern, self.example) or not self.checks(self.example):
            raise ValueError("the example does not pass its own pattern and checksum")
        return self

    def checks(self, number: str) -> bool:
        return self.checksum == "none" or CHECKSUMS[self.checksum](number)


class Consumer(Asked):
    """The number a consumer has with the biller. `personal` numbers (a phone) are sealed at rest."""

    personal: bool


class MoreAsked(Asked):
    """What this biller asks besides; `key` names it in the message."""

    key: Annotated[str, Field(pattern=r"^[a-z_]{1,24}$")]
    required: bool = True


class Amount(_Part):
    """What may be paid. The bounds hold where the rule leaves the amount open, in whole fen."""

    rule: AmountRule
    min_fen: Annotated[int, Field(ge=1, le=MAX_FEN)] = 1
    max_fen: Annotated[int, Field(ge=1, le=MAX_FEN)] = MAX_FEN
    step_fen: Annotated[int, Field(ge=1, le=MAX_FEN)] = 1


class Hours(_Part):
    """When the biller takes payments, in the branch's time of day: from `open` until just before `close`, over
    midnight where `close` is the earlier one."""

    open: Annotated[time, BeforeValidator(_time_of_day)]
    close: Annotated[time, BeforeValidator(_time_of_day)]


class Invoice(_Part):
    mode: InvoiceMode = InvoiceMode.BANK


class Deadlines(_Part):
    """The longest a question may take, in seconds."""

    query_s: Annotated[float, Field(gt=0, le=60)]
    pay_s: Annotated[float, Field(gt=0, le=120)]
    inquire_s: Annotated[float, Field(gt=0, le=60)]


class Capabilities(_Part):
    """What the biller's side can do about a message whose fate is not known."""

    dedupe: bool
    inquiry: bool
    tombstone: bool
    message_validity_s: Annotated[int, Field(ge=0)]


class Refusals(_Part):
    codes: frozenset[str]


class Accounts(_Part):
    """Accounts at core: where payments wait, and where clearing moves them."""

    internal: str
    settlement: str


class Biller(_Part):
    """One biller, as its file says."""

    code: Annotated[str, Field(pattern=r"^[0-9A-Z]{2,8}$")]
    name: Said
    short_name: Said
    item: Said
    consumer: Consumer
    amount: Amount
    deadlines: Deadlines
    capabilities: Capabilities
    refusals: Refusals
    accounts: Accounts
    fields: tuple[MoreAsked, ...] = ()
    hours: Hours | None = None
    """None: at any time"""
    invoice: Invoice = Invoice()

    def consumer_no(self, text: str) -> str:
        """What the teller typed or pasted as a consumer number: folded, without spaces and dashes, checked.

        Raises BadInput (field "consumer_no") naming what is wrong and an example.
        """
        number = re.sub(r"[\s-]", "", typed(text, field="consumer_no", most=64)).upper()
        if not number:
            raise BadInput("error.consumer.empty", field="consumer_no", example=self.consumer.example)
        if not re.fullmatch(self.consumer.pattern, number, re.ASCII):
            raise BadInput(
                "error.consumer.format",
                field="consumer_no",
                length=self.consumer.length,
                typed=len(number),
                example=self.consumer.example,
            )
        if not self.consumer.checks(number):
            raise BadInput("error.consumer.checksum", field="consumer_no")
        return number

    def asked(self, typed_fields: Mapping[str, str]) -> dict[str, str]:
        """What the teller typed for the further fields, folded and checked, by key; empty ones are left out.

        Raises BadInput (field: the key) for one that is missing, wrong or unknown.
        """
        known = {more.key: more for more in self.fields}
        if unknown := set(typed_fields) - set(known):
            raise BadInput("error.field.unknown", field=min(unknown))
        found = {}
        for more in self.fields:
            value = re.sub(r"\s", "", typed(typed_fields.get(more.key, ""), field=more.key, most=64)).upper()
            if not value:
                if more.required:
                    raise BadInput("error.field.empty", field=more.key, example=more.example)
                continue
            if not re.fullmatch(more.pattern, value, re.ASCII) or not more.checks(value):
                raise BadInput("error.field.format", field=more.key, example=more.example)
            found[more.key] = value
        return found

    def check_amount(self, total_fen: int, amount_fen: int) -> None:
        """Whether `amount_fen` may be paid where `total_fen` is owed. Raises Refused saying what may be."""
        rule, least, most, step = self.amount.rule, self.amount.min_fen, self.amount.max_fen, self.amount.step_fen
        if rule is AmountRule.EXACT and amount_fen != total_fen:
            raise Refused("error.payment.not_exact", due=format_fen(total_fen))
        if rule is AmountRule.EXACT_OR_MORE and amount_fen < total_fen:
            raise Refused("error.payment.less_than_owed", due=format_fen(total_fen))
        if rule is AmountRule.PART_OLDEST_FIRST and amount_fen > total_fen:
            raise Refused("error.payment.more_than_owed", due=format_fen(total_fen))
        open_to_choice = rule is AmountRule.FREE or (rule is not AmountRule.EXACT and amount_fen != total_fen)
        if open_to_choice and not least <= amount_fen <= most:
            raise Refused("error.payment.out_of_bounds", least=format_fen(least), most=format_fen(most))
        if open_to_choice and amount_fen % step:
            raise Refused("error.payment.not_in_steps", step=format_fen(step))

    def is_open(self, at: datetime) -> bool:
        """Whether the biller takes payments at this instant (aware), by the branch's time of day."""
        if self.hours is None:
            return True
        now, opens, closes = branch_time(at).time(), self.hours.open, self.hours.close
        return opens <= now < closes if opens < closes else now >= opens or now < closes

    @property
    def initials(self) -> tuple[str, ...]:
        """Initials of the Chinese names' pinyin; none are known yet."""
        return ()

    @property
    def hours_text(self) -> str:
        """ "00:30-23:30"; empty where it is open at any time."""
        return "" if self.hours is None else f"{self.hours.open:%H:%M}-{self.hours.close:%H:%M}"


def read(path: Path) -> Biller:
    """Raises BadSetup with the file, the key and what is wrong with it."""
    try:
        return Biller.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetup("error.setup.unreadable", path=str(path), reason=str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadSetup("error.setup.wrong_value", path=str(path), reason=f"{key}: {first['msg']}") from None


def read_all(folder: Path | None = None) -> dict[str, Biller]:
    """Every biller of a folder, by code. Raises BadSetup; a code given twice is an error."""
    billers: dict[str, Biller] = {}
    for path in sorted((folder or SHIPPED).glob("*.toml")):
        biller = read(path)
        if biller.code in billers:
            raise BadSetup("error.setup.wrong_value", path=str(path), reason=f"code: {biller.code} twice")
        billers[biller.code] = biller
    if not billers:
        raise BadSetup("error.setup.no_file", path=str(folder or SHIPPED))
    return billers
