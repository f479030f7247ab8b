"""A seventh biller is a file and nothing else: it is looked up, paid, posted at core and taken by its counterpart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tellerdesk.billers.catalogue import read_all
from tellerdesk.demo.trial import OWN, Trial
from tellerdesk.i18n import words
from tellerdesk.sandbox import books
from tests.billers.files import changed, seventh

BOUNDS = "min_fen = 1000\nmax_fen = 20000\nstep_fen = 500\n"


def tried(folder: Path, trial: Trial) -> tuple[bool, list[str], int]:
    """Whether it was paid, what was told, and what lies on the biller's internal account at core, in fen."""
    told: list[str] = []
    paid = trial.run(folder, words("en"), told.append)
    return paid, told, books.core_balances(folder / "sandbox").get("IN-1701", 0)


@pytest.mark.req("B1", "B2", "B3", "B4", "B5", "B6", "B17")
@pytest.mark.parametrize(
    ("rule", "bounds", "amount_fen"),
    [
        ("EXACT", "", 0),
        ("EXACT_OR_MORE", "", 1_000_000 // 2),
        ("PART_OLDEST_FIRST", "", 1_234),
        ("FREE", BOUNDS, 0),
        ("FREE", BOUNDS, 10_500),
    ],
)
def test_a_biller_nobody_wrote_code_for_is_paid_by_whatever_rule_its_file_says(
    tmp_path: Path, rule: str, bounds: str, amount_fen: int
) -> None:
    path = seventh(tmp_path, rule, bounds)

    paid, told, at_core = tried(tmp_path / "desk", Trial(path, amount_fen=amount_fen))

    assert paid, told
    assert "Yuehai University Campus Card" in told[0]
    assert "S202612345" in told[1]
    assert at_core > 0
    assert amount_fen in (0, at_core)
    assert any(line.startswith("  pays ") and f"{at_core // 100:,}.{at_core % 100:02d}" in line for line in told)
    assert books.core_flaws(tmp_path / "desk" / "sandbox") == []


@pytest.mark.req("B1")
def test_on_the_command_line_it_exits_with_0_only_if_it_was_paid(tmp_path: Path) -> None:
    path = seventh(tmp_path, "FREE", BOUNDS)

    good = command("try", str(path))
    unknown = command("try", str(path), "--consumer-no", "S202600000")
    too_much = command("try", str(path), "--amount", "200.50")

    assert good.returncode == 0, good.stdout + good.stderr
    assert words("en")("door.billers.paid") in good.stdout
    assert "CORE" not in good.stdout, "every leg is told in words"
    assert (unknown.returncode, too_much.returncode) == (1, 1)
    assert words("en")("error.bill.no_such_consumer") in unknown.stderr
    assert "Traceback" not in unknown.stderr + too_much.stderr


@pytest.mark.req("B1")
def test_a_shipped_code_is_tried_against_the_sandbox_s_own_biller(tmp_path: Path) -> None:
    path = changed(tmp_path, ('[hours]\nopen = "00:30"\nclose = "23:30"\n', ""), of="1201")

    ran = command("try", str(path), "--amount", "0.01")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Shenzhen Water Group" in ran.stdout


@pytest.mark.req("B1")
def test_every_shipped_biller_is_played_by_the_sandbox() -> None:
    from tellerdesk.sandbox.config import BILLERS

    assert {name: code for code, name in OWN.items()} == dict(BILLERS)
    assert list(OWN) == list(read_all())


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tellerdesk", "billers", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env=os.environ | {"LC_ALL": "en_US.UTF-8"},
    )
