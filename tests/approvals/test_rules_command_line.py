"""`tellerdesk approvals` as an operator runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tellerdesk import setup
from tellerdesk.__main__ import app
from tellerdesk.approvals.rules import SHIPPED
from tellerdesk.billers.catalogue import SHIPPED as BILLERS
from tellerdesk.commandline import approvals, common
from tellerdesk.demo.plan import plan
from tellerdesk.i18n import LANGUAGES, Words, words

VOUCHER = ("--amount", "250,000", "--method", "account", "--consent", "voucher")


@pytest.fixture(params=LANGUAGES)
def say(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Words:
    """The commands speak this language."""
    speak = words(request.param)
    for module in (approvals, common):
        monkeypatch.setattr(module, "speak_here", speak)
    return speak


def run(*arguments: str | Path) -> tuple[int, list[str]]:
    ran = CliRunner().invoke(app, ["approvals", *map(str, arguments)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit)
    return ran.exit_code, ran.output.splitlines()


def test_the_shipped_file_is_said_to_be_well(say: Words) -> None:
    assert run("check", SHIPPED, "--catalogue", BILLERS) == (0, [say("door.billers.well", path=str(SHIPPED))])


def test_each_mistake_is_one_line_with_file_line_key_and_sentence(tmp_path: Path, say: Words) -> None:
    path = tmp_path / "approvals.toml"
    text = SHIPPED.read_text(encoding="utf-8").replace('from = "50000.00"', "from = 50000.00", 1)
    path.write_text(text, encoding="utf-8")
    line = text[: text.index("from = 50000.00")].count("\n") + 1

    assert run("check", path) == (1, [f"{path}:{line}: rule[0].from: {say('error.rules.amount')}"])


def test_codes_a_rule_names_are_checked_against_a_catalogue(tmp_path: Path, say: Words) -> None:
    path = tmp_path / "approvals.toml"
    text = SHIPPED.read_text(encoding="utf-8").replace('from = "50000.00"', 'billers = ["9999"]', 1)
    path.write_text(text, encoding="utf-8")

    assert run("check", path)[0] == 0
    code, told = run("check", path, "--catalogue", BILLERS)
    assert code == 1
    assert told[0].endswith(say("error.rules.unknown_biller", codes="9999"))


def test_a_case_is_explained_rule_by_rule_and_who_must_approve_is_told(say: Words) -> None:
    code, told = run("explain", *VOUCHER)

    assert code == 0
    heads = [line.split()[:-1] for line in told if not line.startswith(" ")]
    assert (
        say("door.approvals.miss", id="large-cash", name="大额现金缴费" if say.language == "zh_CN" else "Large cash")
        in told
    )
    fails = say("door.approvals.fails")
    why = say("door.approvals.condition.methods", verdict=fails, given="ACCOUNT", wanted="CASH")
    assert why in told, heads
    holds = say("door.approvals.holds")
    assert say("door.approvals.condition.from", verdict=holds, given="250,000.00", wanted="200,000.00") in told
    assert say("door.approvals.needed", count=1, roles=say("role.supervisor"), minutes=15) in told


def test_where_no_rule_hits_nobody_needs_to_approve(say: Words) -> None:
    code, told = run("explain", "--amount", "100", "--method", "CASH")

    assert code == 0
    assert say("door.approvals.nobody") in told


def test_a_workstation_explains_the_rules_in_force_and_not_the_file(tmp_path: Path, say: Words) -> None:
    from tellerdesk import config
    from tellerdesk.desk import Desk

    folder = tmp_path / "desk"
    setup.init(folder, plan("http://127.0.0.1:9", "http://127.0.0.1:9"))
    Desk(config.load(folder)).close()
    (folder / "approvals.toml").write_text("", encoding="utf-8")

    in_force = run("explain", "--folder", folder, *VOUCHER)
    draft = run("explain", "--file", folder / "approvals.toml", *VOUCHER)

    assert in_force == run("explain", *VOUCHER)
    assert say("door.approvals.nobody") in draft[1]


@pytest.mark.parametrize(
    "wrong", [("--role", "BOSS"), ("--method", "CARD"), ("--use-case", "refunds"), ("--consent", "NOD")], ids=str
)
def test_a_word_that_is_none_is_said_to_be_none(wrong: tuple[str, str], say: Words) -> None:
    code, told = run("explain", *wrong)

    assert code == 1
    assert "{" not in told[0]
    assert "Traceback" not in "".join(told)
