"""The rules that say what needs whose approval: approvals.toml, read, checked, evaluated, explained."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tellerdesk.approvals.rule_file import Rule, examine
from tellerdesk.approvals.states import UseCase
from tellerdesk.approvals.views import RuleHit
from tellerdesk.checked.mistakes import Mistake
from tellerdesk.checked.reading import Unreadable, hash_of, text_of
from tellerdesk.errors import BadSetup
from tellerdesk.i18n import Bilingual
from tellerdesk.money import format_fen
from tellerdesk.staff.states import Role

SHIPPED = Path(__file__).parent / "approvals.toml"

LONGEST_WRITTEN = 200
"""Characters of `Verdict.written`."""

USUAL_MINUTES = {
    UseCase.PAYMENT: 15,
    UseCase.CANCELLATION: 15,
    UseCase.REFUND: 15,
    UseCase.PARAMETERS: 7 * 24 * 60,
    UseCase.POWER: 7 * 24 * 60,
}
"""How long a request stands where no rule says."""

ALWAYS = {
    UseCase.CANCELLATION: RuleHit(
        "second-person-cancels", Bilingual("缴费撤销须换人授权", "Cancelling takes a second person")
    ),
    UseCase.REFUND: RuleHit("second-person-refunds", Bilingual("退款须换人授权", "Refunding takes a second person")),
    UseCase.PARAMETERS: RuleHit("second-person", Bilingual("参数变更须换人复核", "Parameters take a second person")),
    UseCase.POWER: RuleHit("power", Bilingual("授权资格须换人复核", "Powers to approve take a second person")),
}
"""What needs an approval whatever a file says. A file can ask for more, never for less."""


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
        """As it is kept with the transaction, at most 200 characters: the rules' hash, short, and the ids that hit;
        where not all of them find room, "+n" at the end counts those left out."""
        ids = [hit.rule_id for hit in self.hits]
        for many in range(len(ids), -1, -1):
            left_out = [f"+{len(ids) - many}"] if many < len(ids) else []
            text = f"{self.rules_hash[:12]}:{','.join([*ids[:many], *left_out])}"
            if len(text) <= LONGEST_WRITTEN:
                return text
        raise AssertionError("a hash and a count have room")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule, held against the facts. `name` as the file writes it; `wanted` and `given` as shown."""

    name: str
    wanted: str
    given: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a rule hit or did not. A rule of another use case has no conditions and did not."""

    hit: RuleHit
    use_case: UseCase
    hits: bool
    conditions: tuple[Condition, ...]


class Rules:
    """One rules file, in force."""

    content_hash: str = ""

    def __init__(self, rules: tuple[Rule, ...], content_hash: str) -> None:
        self._rules = rules
        self.content_hash = content_hash

    @classmethod
    def parse(cls, text: str, at: str = "approvals.toml", billers: Collection[str] | None = None) -> Rules:
        """Raises BadSetup with `at`, the first mistake's line and key, and how many there are. `billers` are the codes
        rules may name, None for any."""
        found, mistakes = examine(text, billers)
        if found is None:
            raise _refused(mistakes, at)
        return cls(found.rule, hash_of(text))

    @classmethod
    def read(cls, path: Path, billers: Collection[str] | None = None) -> Rules:
        """The rules of a file. Raises BadSetup."""
        try:
            return cls.parse(text_of(path), str(path), billers)
        except Unreadable as error:
            raise _refused([error.mistake], str(path)) from None

    @property
    def needs_count(self) -> bool:
        """Whether any rule asks how many the maker has begun today: only then it must be counted."""
        return any(rule.from_count is not None for rule in self._rules)

    def evaluate(self, facts: Facts) -> Verdict:
        """Which rules ask for an approval; the strictest of each demand holds (most persons, roles all rules agree on,
        shortest life)."""
        hits = [rule for rule in self._rules if rule.use_case is facts.use_case and _all_hold(rule, facts)]
        always = [ALWAYS[facts.use_case]] if facts.use_case in ALWAYS else []
        usual = USUAL_MINUTES[facts.use_case]
        by_roles = frozenset({Role.SUPERVISOR})
        if hits:
            by_roles = frozenset.intersection(*(rule.by for rule in hits))
        return Verdict(
            hits=(*always, *(_told(rule) for rule in hits)),
            rules_hash=self.content_hash,
            needed=max((rule.approvals for rule in hits), default=1),
            by_roles=by_roles,
            lifetime_s=60.0 * min((rule.minutes or usual for rule in hits), default=usual),
        )

    def explain(self, facts: Facts) -> tuple[Explained, ...]:
        """Every rule, in the order of the file, with each of its conditions held against the facts."""
        found = []
        if facts.use_case in ALWAYS:
            found.append(Explained(ALWAYS[facts.use_case], facts.use_case, True, ()))
        for rule in self._rules:
            if rule.use_case is not facts.use_case:
                found.append(Explained(_told(rule), rule.use_case, False, ()))
                continue
            conditions = _conditions(rule, facts)
            hits = all(condition.holds for condition in conditions)
            found.append(Explained(_told(rule), rule.use_case, hits, conditions))
        return tuple(found)


def check(path: Path, billers: Collection[str] | None = None) -> list[Mistake]:
    """Every mistake of a rules file in the order of its lines; none where it is well. Raises nothing."""
    try:
        return examine(text_of(path), billers)[1]
    except Unreadable as error:
        return [error.mistake]


def _all_hold(rule: Rule, facts: Facts) -> bool:
    return (
        (rule.roles is None or facts.role in rule.roles)
        and (rule.from_fen is None or facts.amount_fen >= rule.from_fen)
        and (rule.billers is None or facts.biller in rule.billers)
        and (rule.methods is None or facts.method in rule.methods)
        and (rule.consents is None or facts.consent in rule.consents)
        and (rule.from_count is None or facts.count_today >= rule.from_count)
    )


def _conditions(rule: Rule, facts: Facts) -> tuple[Condition, ...]:
    found = []
    if rule.roles is not None:
        found.append(Condition("roles", _list(rule.roles), facts.role, facts.role in rule.roles))
    if rule.from_fen is not None:
        wanted, given = format_fen(rule.from_fen), format_fen(facts.amount_fen)
        found.append(Condition("from", wanted, given, facts.amount_fen >= rule.from_fen))
    if rule.billers is not None:
        found.append(Condition("billers", _list(rule.billers), facts.biller or "-", facts.biller in rule.billers))
    if rule.methods is not None:
        found.append(Condition("methods", _list(rule.methods), facts.method or "-", facts.method in rule.methods))
    if rule.consents is not None:
        found.append(Condition("consents", _list(rule.consents), facts.consent or "-", facts.consent in rule.consents))
    if rule.from_count is not None:
        holds = facts.count_today >= rule.from_count
        found.append(Condition("from_count", str(rule.from_count), str(facts.count_today), holds))
    return tuple(found)


def _list(values: Collection[str]) -> str:
    return ", ".join(sorted(values))


def _told(rule: Rule) -> RuleHit:
    return RuleHit(rule.id, rule.name.both)


def _refused(mistakes: list[Mistake], at: str) -> BadSetup:
    first = mistakes[0].at
    return BadSetup("error.setup.rules_file", path=at, line=first.line, key=first.key or "-", count=len(mistakes))
