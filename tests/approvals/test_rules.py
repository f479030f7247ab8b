"""The approval rules: what they ask for, why, and every mistake a file can have."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerdesk.approvals import rule_file
from tellerdesk.approvals.rules import LONGEST_WRITTEN, SHIPPED, Facts, Rules, Verdict, check
from tellerdesk.approvals.states import UseCase
from tellerdesk.approvals.views import RuleHit
from tellerdesk.billers.catalogue import read_all
from tellerdesk.checked.reading import hash_of
from tellerdesk.errors import BadSetup
from tellerdesk.i18n import LANGUAGES, Bilingual, words
from tellerdesk.staff.states import Role

TELLER, SUPERVISOR = Role.TELLER, Role.SUPERVISOR
PAYMENT, PARAMETERS, POWER = UseCase.PAYMENT, UseCase.PARAMETERS, UseCase.POWER


def rule(rule_id: str = "r", use_case: str = "payment", **more: str) -> str:
    """A rule as a file has it; `more` are values in TOML, by key ("from_" for from)."""
    lines = [f'id = "{rule_id}"', 'name = { zh_CN = "规则", en = "Rule" }', f'use_case = "{use_case}"']
    lines += [f"{key.rstrip('_')} = {value}" for key, value in more.items()]
    return "[[rule]]\n" + "\n".join(lines) + "\n"


def ids(verdict: Verdict) -> list[str]:
    return [hit.rule_id for hit in verdict.hits]


# What comes with the program


@pytest.mark.parametrize(
    ("facts", "hits"),
    [
        (Facts(PAYMENT, TELLER, 4_999_999, "1101", "CASH"), []),
        (Facts(PAYMENT, TELLER, 5_000_000, "1101", "CASH"), ["large-cash"]),
        (Facts(PAYMENT, TELLER, 19_999_999, "1101", "ACCOUNT", "PIN"), []),
        (Facts(PAYMENT, TELLER, 20_000_000, "1101", "ACCOUNT", "PIN"), ["large-debit"]),
        (Facts(PAYMENT, TELLER, 1, "1501", "ACCOUNT", "VOUCHER"), ["signed-voucher"]),
        (Facts(PAYMENT, TELLER, 20_000_000, "1501", "ACCOUNT", "VOUCHER"), ["signed-voucher", "large-debit"]),
        (Facts(PAYMENT, TELLER, 1, "1101", "CASH", count_today=5_000), []),
        (Facts(PARAMETERS, Role.ADMINISTRATOR), ["second-person"]),
        (Facts(POWER, Role.ADMINISTRATOR), ["power"]),
    ],
)
def test_the_shipped_rules_ask_for_large_cash_signed_vouchers_and_large_debits(facts: Facts, hits: list[str]) -> None:
    rules = Rules.read(SHIPPED, read_all())

    verdict = rules.evaluate(facts)

    assert ids(verdict) == hits
    assert (verdict.needed, verdict.by_roles) == (1, frozenset({SUPERVISOR}))
    assert verdict.lifetime_s == (900 if facts.use_case is PAYMENT else 7 * 86_400)
    assert verdict.rules_hash == rules.content_hash == hash_of(SHIPPED.read_text(encoding="utf-8"))
    assert not rules.needs_count


# Evaluating


def test_where_several_rules_hit_the_strictest_of_each_demand_holds() -> None:
    rules = Rules.parse(
        rule("two", approvals="2", minutes="60") + rule("short", minutes="5") + rule("idle", methods='["CASH"]')
    )

    verdict = rules.evaluate(Facts(PAYMENT, TELLER, method="ACCOUNT"))

    assert (ids(verdict), verdict.needed, verdict.lifetime_s) == (["two", "short"], 2, 300)


def test_a_change_of_parameters_takes_a_second_person_whatever_the_file_says_and_may_take_two() -> None:
    facts = Facts(PARAMETERS, Role.ADMINISTRATOR)

    assert ids(Rules.parse("").evaluate(facts)) == ["second-person"]
    stricter = Rules.parse(rule("two", "parameters", approvals="2", minutes="120")).evaluate(facts)
    assert (ids(stricter), stricter.needed, stricter.lifetime_s) == (["second-person", "two"], 2, 7_200)


def test_only_a_rule_about_counts_makes_somebody_count() -> None:
    assert Rules.parse(rule(from_count="2")).needs_count
    assert not Rules.parse(rule(from_='"0.01"')).needs_count


@pytest.mark.parametrize("many", [0, 1, 5, 12, 40, 100])
@pytest.mark.parametrize("length", [1, 13, 40])
def test_what_is_kept_with_a_transaction_has_room_and_leaves_nothing_out_unsaid(many: int, length: int) -> None:
    name = Bilingual("规则", "Rule")
    hits = tuple(RuleHit(f"{number:03d}".ljust(length, "x")[:length], name) for number in range(many))

    written = Verdict(hits, "ab" * 32).written

    head, _, tail = written.partition(":")
    told = tail.split(",") if tail else []
    left_out = int(told.pop()) if told and told[-1].startswith("+") else 0
    assert len(written) <= LONGEST_WRITTEN
    assert head == "ab" * 6
    assert told == [hit.rule_id for hit in hits[: len(told)]]
    assert len(told) + left_out == many
    longer = f"{head}:{','.join([*told, *(hit.rule_id for hit in hits[len(told) : len(told) + 1])])}"
    assert not left_out or len(longer) + len(f",+{left_out - 1}") > LONGEST_WRITTEN


_YUAN = st.sampled_from(["0.01", "10.00", "50000.00"])
_RULES = st.lists(
    st.fixed_dictionaries(
        {"use_case": st.sampled_from(["payment", "payment", "parameters", "power"])},
        optional={
            "roles": st.lists(st.sampled_from(["TELLER", "ADMINISTRATOR"]), min_size=1),
            "from": _YUAN,
            "billers": st.lists(st.sampled_from(["1101", "1201"]), min_size=1),
            "methods": st.lists(st.sampled_from(["CASH", "ACCOUNT"]), min_size=1),
            "consents": st.lists(st.sampled_from(["PIN", "VOUCHER"]), min_size=1),
            "from_count": st.integers(2, 4),
            "approvals": st.integers(1, 2),
            "minutes": st.integers(1, 240),
        },
    ),
    max_size=5,
)
_FACTS = st.builds(
    Facts,
    use_case=st.sampled_from(UseCase),
    role=st.sampled_from([TELLER, Role.ADMINISTRATOR]),
    amount_fen=st.sampled_from([0, 1, 999, 1_000, 4_999_999, 5_000_000, 5_000_001]),
    biller=st.sampled_from(["", "1101", "1201", "1501"]),
    method=st.sampled_from(["", "CASH", "ACCOUNT"]),
    consent=st.sampled_from(["", "PIN", "VOUCHER"]),
    count_today=st.integers(1, 5),
)


def read_plainly(written: list[dict[str, Any]], facts: Facts) -> tuple[list[str], int, float]:
    """The rules as somebody reads them who knows nothing of the program: key by key from the file."""
    asks = {
        "roles": lambda wanted: facts.role.value in wanted,
        "from": lambda wanted: facts.amount_fen >= int(wanted.replace(".", "")),
        "billers": lambda wanted: facts.biller in wanted,
        "methods": lambda wanted: facts.method in wanted,
        "consents": lambda wanted: facts.consent in wanted,
        "from_count": lambda wanted: facts.count_today >= wanted,
    }
    about = [one for one in written if one["use_case"] == facts.use_case.value]
    hits = [one for one in about if all(asks[key](value) for key, value in one.items() if key in asks)]
    always = {
        PARAMETERS: ["second-person"],
        POWER: ["power"],
        UseCase.CANCELLATION: ["second-person-cancels"],
        UseCase.REFUND: ["second-person-refunds"],
    }.get(facts.use_case, [])
    usual = 7 * 24 * 60 if facts.use_case in {PARAMETERS, POWER} else 15
    minutes = [one.get("minutes", usual) for one in hits] or [usual]
    return always + [one["id"] for one in hits], max([1, *(one.get("approvals", 1) for one in hits)]), 60 * min(minutes)


@given(_RULES, _FACTS)
def test_rules_say_what_a_plain_reading_of_the_file_says_and_explain_it(
    tables: list[dict[str, Any]], facts: Facts
) -> None:
    text = "".join(filter(_can_hit, (_written(number, table) for number, table in enumerate(tables))))
    rules = Rules.parse(text)
    verdict = rules.evaluate(facts)

    assert (ids(verdict), verdict.needed, verdict.lifetime_s) == read_plainly(
        tomllib.loads(text).get("rule", []), facts
    )
    explained = rules.explain(facts)
    assert [each.hit.rule_id for each in explained if each.hits] == ids(verdict)
    for each in explained:
        about = each.use_case is facts.use_case
        assert each.hits == (about and all(condition.holds for condition in each.conditions))


def _written(number: int, table: dict[str, Any]) -> str:
    values = {f"{key}_" if key == "from" else key: _toml(value) for key, value in table.items() if key != "use_case"}
    return rule(f"r{number}", table["use_case"], **values)


def _can_hit(text: str) -> bool:
    return not rule_file.examine(text)[1]


def _toml(value: Any) -> str:
    return str(value).replace("'", '"') if not isinstance(value, str) else f'"{value}"'


# What no file may say


WRONG = [
    (rule(from_="50000.00"), "rule[0].from", "error.rules.amount"),
    (rule(from_='"50000"'), "rule[0].from", "error.rules.amount"),
    (rule(from_='"50,000.00"'), "rule[0].from", "error.rules.amount"),
    (rule(from_='"-1.00"'), "rule[0].from", "error.rules.amount"),
    (rule(from_='"99999999999.00"'), "rule[0].from", "error.rules.amount"),
    (rule(form='"1.00"'), "rule[0].form", "error.catalogue.unknown_key"),
    (rule(from_fen="100"), "rule[0].from_fen", "error.catalogue.unknown_key"),
    (rule(approvals="0"), "rule[0].approvals", "error.catalogue.too_small"),
    (rule(approvals="3"), "rule[0].approvals", "error.catalogue.too_great"),
    (rule(minutes="0"), "rule[0].minutes", "error.catalogue.too_small"),
    (rule(minutes="241"), "rule[0].minutes", "error.catalogue.too_great"),
    (rule(minutes='"15"'), "rule[0].minutes", "error.catalogue.wants_whole_number"),
    (rule(from_count="1"), "rule[0].from_count", "error.catalogue.too_small"),
    (rule(methods='"CASH"'), "rule[0].methods", "error.catalogue.wants_list"),
    (rule(methods='["CARD"]'), "rule[0].methods[0]", "error.catalogue.not_one_of"),
    (rule(methods="[]"), "rule[0].methods", "error.catalogue.too_few"),
    (rule(billers='["electricity"]'), "rule[0].billers[0]", "error.catalogue.not_in_form"),
    (rule(roles='["BOSS"]'), "rule[0].roles[0]", "error.catalogue.not_one_of"),
    (rule(by="[]"), "rule[0].by", "error.catalogue.too_few"),
    (rule("Large cash"), "rule[0].id", "error.catalogue.not_in_form"),
    (rule(use_case="refunds"), "rule[0].use_case", "error.catalogue.not_one_of"),
    ("[[rule]]\nid = 'r'\nuse_case = 'payment'\n", "rule[0].name", "error.catalogue.missing"),
    ("[rules]\n", "rules", "error.catalogue.unknown_key"),
    # nobody could satisfy it
    (rule(by='["TELLER"]'), "rule[0]", "error.rules.cannot_decide"),
    (rule(by='["SUPERVISOR", "AUDITOR"]'), "rule[0]", "error.rules.cannot_decide"),
    # it could never hit
    (rule(roles='["AUDITOR"]'), "rule[0]", "error.rules.never_maker"),
    (rule(use_case="parameters", roles='["TELLER"]'), "rule[0]", "error.rules.never_maker"),
    (rule(methods='["CASH"]', consents='["PIN"]'), "rule[0]", "error.rules.never_consent"),
    (rule(use_case="parameters", from_='"1.00"'), "rule[0]", "error.rules.never_parameters"),
    # together with another
    (rule("r") + rule("s") + rule("r"), "rule[2].id", "error.rules.same_id"),
    (rule(billers='["1101", "9999"]'), "rule[0].billers", "error.rules.unknown_biller"),
]


@pytest.mark.parametrize(("text", "key", "sentence"), WRONG, ids=[f"{row[2]}-{n}" for n, row in enumerate(WRONG)])
def test_a_file_that_could_mislead_is_refused_at_the_line_and_key(
    tmp_path: Path, text: str, key: str, sentence: str
) -> None:
    path = tmp_path / "approvals.toml"
    path.write_text("# rules\n\n" + text, encoding="utf-8")

    found = {(mistake.at.key, mistake.told.id): mistake for mistake in check(path, {"1101"})}

    assert (key, sentence) in found
    last = key.split(".")[-1].split("[")[0]
    line = path.read_text(encoding="utf-8").splitlines()[found[key, sentence].at.line - 1]
    assert last in line or sentence == "error.catalogue.missing"
    for language in LANGUAGES:
        told = words(language).message(found[key, sentence].told)
        assert told != sentence
        assert "{" not in re.sub(r"\{[0-9,]+\}", "", told)
    with pytest.raises(BadSetup) as refused:
        Rules.read(path, {"1101"})
    assert refused.value.args_by_name["line"] == found[key, sentence].at.line


def test_every_mistake_of_a_file_is_told_in_the_order_of_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "approvals.toml"
    path.write_text(rule("a", minutes="0") + rule("b", from_='"x"', by='["TELLER"]'), encoding="utf-8")

    assert [(mistake.at.line, mistake.at.key) for mistake in check(path)] == [
        (5, "rule[0].minutes"),
        (10, "rule[1].from"),
    ]


def test_codes_of_billers_are_checked_where_a_catalogue_is_at_hand() -> None:
    text = rule(billers='["9999"]')

    assert ids(Rules.parse(text).evaluate(Facts(PAYMENT, TELLER, biller="9999"))) == ["r"]
    with pytest.raises(BadSetup):
        Rules.parse(text, billers={"1101"})


def test_rules_whose_approvers_have_no_role_in_common_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One role decides today; a second one must not make two rules nobody can satisfy together."""
    monkeypatch.setattr(rule_file, "DECIDERS", frozenset({SUPERVISOR, Role.ADMINISTRATOR}))

    _, mistakes = rule_file.examine(rule("a") + rule("b", by='["ADMINISTRATOR"]'))

    assert [(mistake.at.key, mistake.told.id) for mistake in mistakes] == [
        ("rule[1].by", "error.rules.nobody_in_common")
    ]


def test_a_file_that_cannot_be_read_is_a_mistake_too(tmp_path: Path) -> None:
    assert [mistake.told.id for mistake in check(tmp_path / "none.toml")] == ["error.catalogue.unreadable"]
    with pytest.raises(BadSetup):
        Rules.read(tmp_path / "none.toml")
