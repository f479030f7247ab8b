"""The catalogue: one TOML file for each biller. Differences between billers are data here and nowhere code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from tellerdesk.billers.initials import initials_of
from tellerdesk.billers.parts import (
    Accounts,
    Amount,
    Capabilities,
    Consumer,
    Deadlines,
    Hours,
    Invoice,
    MoreAsked,
    Refusals,
)
from tellerdesk.billers.states import AmountRule
from tellerdesk.checked.mistakes import Mistake, place, wrong
from tellerdesk.checked.parts import Part, Said
from tellerdesk.checked.reading import Unreadable, examined, text_of
from tellerdesk.checked.toml_lines import Lines
from tellerdesk.clock import branch_time
from tellerdesk.errors import BadInput, BadSetup, Refused
from tellerdesk.i18n import Message
from tellerdesk.money import format_fen
from tellerdesk.text import typed

SHIPPED = Path(__file__).parent / "catalogue"


def _keys_differ(fields: tuple[MoreAsked, ...]) -> tuple[MoreAsked, ...]:
    keys = [more.key for more in fields]
    for key in keys:
        if keys.count(key) > 1 or key == "consumer_no":
            raise wrong("error.catalogue.field_twice", name=key)
    return fields


class Biller(Part):
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
    fields: Annotated[tuple[MoreAsked, ...], Field(strict=False, max_length=6), AfterValidator(_keys_differ)] = ()
    hours: Hours | None = None
    """None: at any time"""
    invoice: Invoice = Invoice()
    own_initials: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z0-9]{1,12}$")], ...],
        Field(alias="initials", strict=False, max_length=8),
    ] = ()
    """What tellers type besides for it."""

    def consumer_no(self, text: str) -> str:
        """What the teller typed or pasted as a consumer number: folded, without spaces and dashes, checked.

        Raises BadInput (field "consumer_no") naming what is wrong and an example.
        """
        number = self.consumer.folded(typed(text, field="consumer_no", most=64))
        if not number:
            raise BadInput("error.consumer.empty", field="consumer_no", example=self.consumer.example)
        if not self.consumer.passes(number) and len(number) == self.consumer.length:
            raise BadInput("error.consumer.other_form", field="consumer_no", example=self.consumer.example)
        if not self.consumer.passes(number):
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
            value = more.folded(typed(typed_fields.get(more.key, ""), field=more.key, most=64))
            if not value:
                if more.required:
                    raise BadInput("error.field.empty", field=more.key, example=more.example)
                continue
            if not more.passes(value) or not more.checks(value):
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
        """What a teller may type for it: the pinyin initials of its Chinese names, and its own."""
        found = (*initials_of(self.short_name.zh_CN), *initials_of(self.name.zh_CN), *self.own_initials)
        return tuple(dict.fromkeys(found))

    @property
    def hours_text(self) -> str:
        """ "00:30-23:30"; empty where it is open at any time."""
        return "" if self.hours is None else f"{self.hours.open:%H:%M}-{self.hours.close:%H:%M}"


def parse(text: str, at: str) -> Biller:
    """What a file says whose text is `text`. Raises BadSetup with `at`, the first mistake's line and key, and how many
    there are."""
    biller, mistakes = examined(text, Biller)
    if biller is None:
        raise _refused(mistakes, at)
    return biller


def read(path: Path) -> Biller:
    """Raises BadSetup with the file, the first mistake's line and key, and how many there are."""
    try:
        return parse(text_of(path), str(path))
    except Unreadable as error:
        raise _refused([error.mistake], str(path)) from None


def check(path: Path) -> list[Mistake]:
    """Every mistake of the file in the order of its lines; none where it is well. Raises nothing."""
    try:
        return examined(text_of(path), Biller)[1]
    except Unreadable as error:
        return [error.mistake]


def read_all(folder: Path | None = None) -> dict[str, Biller]:
    """Every biller of a folder, by code. Raises BadSetup, also where one's code or money would be another's."""
    billers = {path: read(path) for path in sorted((folder or SHIPPED).glob("*.toml"))}
    if not billers:
        raise BadSetup("error.setup.no_file", path=str(folder or SHIPPED))
    for path, mistake in mix_ups(billers):
        raise BadSetup(
            "error.setup.billers_mixed_up", path=str(path), line=mistake.at.line, folder=str(folder or SHIPPED)
        )
    return {biller.code: biller for biller in billers.values()}


def mix_ups(billers: Mapping[Path, Biller]) -> list[tuple[Path, Mistake]]:
    """Where two files of one catalogue would be taken for each other; see `clashes`."""
    paths = list(billers)
    found = []
    for number, key, told in clashes(list(billers.values())):
        lines = Lines(paths[number].read_text(encoding="utf-8"))
        found.append((paths[number], Mistake(place(lines, *key), told)))
    return found


def clashes(billers: Sequence[Biller]) -> list[tuple[int, tuple[str, ...], Message]]:
    """Where one of these has another's code, or an internal account that is also another's: its number in the list,
    the key, and the sentence. Clearing moves an internal account's whole balance: nobody else's money may lie there."""
    found: list[tuple[int, tuple[str, ...], Message]] = []
    for number, biller in enumerate(billers):
        others = [other for place_of, other in enumerate(billers) if place_of != number]
        if any(other.code == biller.code for other in others):
            found.append((number, ("code",), Message("error.catalogue.code_twice", {"code": biller.code})))
            continue
        for other in others:
            if biller.accounts.internal in {other.accounts.internal, other.accounts.settlement}:
                told = Message("error.catalogue.account_shared", {"code": other.code})
                found.append((number, ("accounts", "internal"), told))
    return found


def _refused(mistakes: list[Mistake], at: str) -> BadSetup:
    first = mistakes[0].at
    return BadSetup("error.setup.biller_file", path=at, line=first.line, key=first.key or "-", count=len(mistakes))
