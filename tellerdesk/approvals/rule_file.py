"""What an approvals.toml may say: strict, every mistake named with its line."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from tellerdesk.approvals.states import UseCase
from tellerdesk.checked.mistakes import Mistake, place, wrong
from tellerdesk.checked.parts import Part, Said
from tellerdesk.checked.reading import examined
from tellerdesk.checked.toml_lines import Lines
from tellerdesk.i18n import Message
from tellerdesk.money import parse_fen
from tellerdesk.staff.states import MAY, Permission, Role

DECIDERS = frozenset(role for role, may in MAY.items() if Permission.DECIDE_APPROVAL in may)
"""The roles that may decide at all."""

MAKERS = {
    UseCase.PAYMENT: frozenset(role for role, may in MAY.items() if Permission.TAKE_PAYMENT in may),
    UseCase.CANCELLATION: frozenset(role for role, may in MAY.items() if Permission.CANCEL_PAYMENT in may),
    UseCase.REFUND: frozenset(role for role, may in MAY.items() if Permission.REFUND in may),
    UseCase.PARAMETERS: frozenset(role for role, may in MAY.items() if Permission.PROPOSE_PARAMETERS in may),
    UseCase.POWER: frozenset(role for role, may in MAY.items() if Permission.MANAGE_STAFF in may),
}
"""The roles that do what a rule is about."""

_YUAN = re.compile(r"[0-9]{1,10}\.[0-9]{2}", re.ASCII)


def _fen(value: object) -> int:
    if not isinstance(value, str) or not _YUAN.fullmatch(value):
        raise wrong("error.rules.amount")
    return parse_fen(value)


_Names = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[0-9A-Z]{2,8}$")], ...], Field(strict=False, min_length=1, max_length=200)
]
_Roles = Annotated[frozenset[Annotated[Role, Field(strict=False)]], Field(strict=False, min_length=1)]


class Rule(Part):
    """One rule: where all its conditions hold it demands approval. None for a condition: it always holds."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    name: Said
    use_case: Annotated[UseCase, Field(strict=False)]

    roles: _Roles | None = None
    from_fen: Annotated[int | None, BeforeValidator(_fen), Field(alias="from")] = None
    billers: _Names | None = None
    methods: Annotated[frozenset[Literal["CASH", "ACCOUNT"]], Field(strict=False, min_length=1)] | None = None
    consents: Annotated[frozenset[Literal["PIN", "VOUCHER"]], Field(strict=False, min_length=1)] | None = None
    from_count: Annotated[int, Field(ge=2, le=100_000)] | None = None

    approvals: Annotated[int, Field(ge=1, le=2)] = 1
    by: _Roles = frozenset({Role.SUPERVISOR})
    minutes: Annotated[int, Field(ge=1, le=240)] | None = None

    @model_validator(mode="after")
    def _can_be_satisfied(self) -> Self:
        if cannot := sorted(self.by - DECIDERS):
            raise wrong("error.rules.cannot_decide", roles=", ".join(cannot))
        return self

    @model_validator(mode="after")
    def _can_hit(self) -> Self:
        if self.roles is not None and not self.roles & MAKERS[self.use_case]:
            raise wrong("error.rules.never_maker", makers=", ".join(sorted(MAKERS[self.use_case])))
        if self.consents is not None and self.methods is not None and "ACCOUNT" not in self.methods:
            raise wrong("error.rules.never_consent")
        if self.use_case is not UseCase.PAYMENT:
            conditions = (self.from_fen, self.billers, self.methods, self.consents, self.from_count)
            if any(condition is not None for condition in conditions):
                raise wrong("error.rules.never_parameters")
        return self


class RuleFile(Part):
    """approvals.toml, whole."""

    rule: Annotated[tuple[Rule, ...], Field(strict=False, max_length=100)] = ()


def examine(text: str, billers: Collection[str] | None = None) -> tuple[RuleFile | None, list[Mistake]]:
    """What the file says, or every mistake in it in the order of its lines. `billers` are the codes of the catalogue,
    None where none is at hand. Raises nothing."""
    found, mistakes = examined(text, RuleFile)
    if found is None:
        return None, mistakes
    lines = Lines(text)
    mistakes = sorted(_contradictions(found, lines, billers), key=lambda mistake: mistake.at)
    return (None if mistakes else found), mistakes


def _contradictions(file: RuleFile, lines: Lines, billers: Collection[str] | None) -> list[Mistake]:
    """What each rule by itself does not show."""
    found = []
    ids = [rule.id for rule in file.rule]
    for number, rule in enumerate(file.rule):
        if rule.id in ids[:number]:
            found.append(Mistake(place(lines, "rule", number, "id"), Message("error.rules.same_id", {"id": rule.id})))
        if unknown := sorted(set(rule.billers or ()) - set(billers if billers is not None else rule.billers or ())):
            told = Message("error.rules.unknown_biller", {"codes": ", ".join(unknown)})
            found.append(Mistake(place(lines, "rule", number, "billers"), told))
        before = [other for other in file.rule[:number] if other.use_case is rule.use_case]
        if before and not rule.by.intersection(*(other.by for other in before)):
            told = Message("error.rules.nobody_in_common", {"id": before[-1].id})
            found.append(Mistake(place(lines, "rule", number, "by"), told))
    return found
