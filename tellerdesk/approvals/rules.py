"""The rules that say what needs whose approval: approvals.toml, read, checked, evaluated, explained."""

from __future__ import annotations

from dataclasses import dataclass

from tellerdesk.approvals.states import UseCase
from tellerdesk.approvals.views import RuleHit
from tellerdesk.staff.states import Role


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules are evaluated on. `method` CASH or ACCOUNT; `consent` PIN, VOUCHER or empty; `count_today` how
    many of this use case the maker has begun today, this one included."""

    use_case: UseCase
    role: Role
    amount_fen: int = 0
    biller: str = ""
    method: str = ""
    consent: str = ""
    count_today: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say, evaluated once. No hit: nobody needs to approve."""

    hits: tuple[RuleHit, ...]
    rules_hash: str
    """SHA-256 in hex of the rules' file"""
    needed: int = 1
    by_roles: frozenset[Role] = frozenset({Role.SUPERVISOR})
    lifetime_s: float = 900.0

    @property
    def written(self) -> str:
        """As it is kept with the transaction: the rules' hash, short, and the ids that hit."""
        return f"{self.rules_hash[:12]}:{','.join(hit.rule_id for hit in self.hits)}"


class Rules:
    """One rules file, in force."""

    content_hash: str = ""

    def evaluate(self, facts: Facts) -> Verdict:
        """Which rules ask for an approval; the strictest of each demand holds (most persons, roles all rules agree on,
        shortest life)."""
        raise NotImplementedError
