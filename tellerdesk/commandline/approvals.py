"""`tellerdesk approvals`: the rules checked, and explained for a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tellerdesk.commandline.common import in_words, judge, speak_here

if TYPE_CHECKING:
    from enum import StrEnum

    from tellerdesk.approvals.rules import Explained, Facts, Rules, Verdict

app = typer.Typer(help=speak_here("door.approvals.help"), no_args_is_help=True, rich_markup_mode=None)

_CONDITIONS = {
    "roles": "door.approvals.condition.roles",
    "from": "door.approvals.condition.from",
    "billers": "door.approvals.condition.billers",
    "methods": "door.approvals.condition.methods",
    "consents": "door.approvals.condition.consents",
    "from_count": "door.approvals.condition.from_count",
}


@app.command("check", help=speak_here("door.approvals.check.help"))
def check_files(
    files: Annotated[list[Path], typer.Argument(help=speak_here("door.approvals.rules_file"))],
    catalogue: Annotated[Path | None, typer.Option("--catalogue", help=speak_here("door.approvals.catalogue"))] = None,
) -> None:
    with in_words():
        from tellerdesk.approvals.rules import check
        from tellerdesk.billers.catalogue import read_all

        codes = None if catalogue is None else set(read_all(catalogue))
        found = {path: check(path, codes) for path in files}
        judge(found)


@app.command("explain", help=speak_here("door.approvals.explain.help"))
def explain(
    file: Annotated[Path | None, typer.Option("--file", help=speak_here("door.approvals.rules_file"))] = None,
    folder: Annotated[Path | None, typer.Option("--folder", help=speak_here("door.approvals.in_force_of"))] = None,
    use_case: Annotated[str, typer.Option("--use-case", help=speak_here("door.approvals.use_case"))] = "payment",
    role: Annotated[str, typer.Option("--role", help=speak_here("door.approvals.role"))] = "",
    amount: Annotated[str, typer.Option("--amount", help=speak_here("door.billers.amount"))] = "0",
    biller: Annotated[str, typer.Option("--biller", help=speak_here("door.approvals.biller"))] = "",
    method: Annotated[str, typer.Option("--method", help=speak_here("door.approvals.method"))] = "",
    consent: Annotated[str, typer.Option("--consent", help=speak_here("door.approvals.consent"))] = "",
    count: Annotated[int, typer.Option("--count", min=1, help=speak_here("door.approvals.count"))] = 1,
) -> None:
    with in_words():
        from tellerdesk.approvals.rules import Facts
        from tellerdesk.approvals.states import UseCase
        from tellerdesk.money import parse_fen
        from tellerdesk.staff.states import Role

        case = UseCase(_one_of(use_case.lower(), UseCase))
        usual = Role.TELLER if case is UseCase.PAYMENT else Role.ADMINISTRATOR
        facts = Facts(
            use_case=case,
            role=Role(_one_of(role.upper(), Role)) if role else usual,
            amount_fen=parse_fen(amount),
            biller=biller,
            method=_one_of(method.upper(), ("CASH", "ACCOUNT")) if method else "",
            consent=_one_of(consent.upper(), ("PIN", "VOUCHER")) if consent else "",
            count_today=count,
        )
        rules = _rules(file, folder)
        for line in explained(rules, facts):
            typer.echo(line)


def explained(rules: Rules, facts: Facts) -> list[str]:
    """Every rule with its conditions, then who must approve."""
    lines = [line for each in rules.explain(facts) for line in _rule(each, facts)]
    return [*lines, *_verdict(rules.evaluate(facts)), speak_here("door.approvals.rules_hash", hash=rules.content_hash)]


def _rule(explained: Explained, facts: Facts) -> list[str]:
    head = "door.approvals.hit" if explained.hits else "door.approvals.miss"
    lines = [speak_here(head, id=explained.hit.rule_id, name=explained.hit.name)]
    if explained.use_case is not facts.use_case:
        return [*lines, speak_here("door.approvals.other_use_case", use_case=explained.use_case.value)]
    if not explained.conditions:
        return [*lines, speak_here("door.approvals.unconditional")]
    for condition in explained.conditions:
        verdict = speak_here("door.approvals.holds" if condition.holds else "door.approvals.fails")
        told = _CONDITIONS[condition.name]
        lines.append(speak_here(told, verdict=verdict, given=condition.given, wanted=condition.wanted))
    return lines


def _verdict(verdict: Verdict) -> list[str]:
    if not verdict.hits:
        return [speak_here("door.approvals.nobody")]
    roles = ", ".join(sorted(speak_here(f"role.{role.value.lower()}") for role in verdict.by_roles))
    minutes = round(verdict.lifetime_s / 60)
    return [speak_here("door.approvals.needed", count=verdict.needed, roles=roles, minutes=minutes)]


def _rules(file: Path | None, folder: Path | None) -> Rules:
    from tellerdesk.approvals.rules import SHIPPED, Rules

    if file is not None or folder is None:
        return Rules.read(file or SHIPPED)
    from tellerdesk.commandline.parameters import in_force_of

    with in_force_of(folder) as (in_force, connection):
        return in_force.rules(connection)


def _one_of(given: str, known: type[StrEnum] | tuple[str, ...]) -> str:
    from tellerdesk.errors import BadInput

    names = [str(each) for each in known]
    if given not in names:
        raise BadInput("error.rules.not_one_of", given=given, known=", ".join(names))
    return given
