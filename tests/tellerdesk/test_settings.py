"""What a workstation's settings file may say, and what it says where it is silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tellerdesk import config, setup
from tellerdesk.errors import BadSetup
from tellerdesk.settings import Settings

PLAN = setup.Plan("示例银行", "Bank", "0712", "支行", "Branch", "07", "http://core", {"1101": "http://power"})


def settings_with(folder: Path, more: str = "", plan: setup.Plan = PLAN) -> Settings:
    path = setup.write_settings(folder, plan)
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    return config.load(folder)


def test_a_file_that_says_nothing_of_them_has_the_usual_limits_and_no_pad(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)

    assert settings.flows.duplicate_days == 3
    assert settings.large_cash.identity_from_fen == 1_000_000
    assert settings.staff.session_hours == 12
    assert settings.pinpad is None


def test_limits_and_pad_are_read(tmp_path: Path) -> None:
    more = '[flows]\nduplicate_days = 7\n[large_cash]\nidentity_from_fen = 5000000\n[pinpad]\nurl = "http://pad"\n'

    settings = settings_with(tmp_path, more)

    assert settings.flows.duplicate_days == 7
    assert settings.large_cash.identity_from_fen == 5_000_000
    assert settings.pinpad is not None
    assert (settings.pinpad.url, settings.pinpad.deadline_s) == ("http://pad", 45)


def test_a_plan_with_a_pad_writes_it(tmp_path: Path) -> None:
    from dataclasses import replace

    settings = settings_with(tmp_path, plan=replace(PLAN, pinpad_url="http://127.0.0.1:8091"))

    assert settings.pinpad is not None
    assert settings.pinpad.url == "http://127.0.0.1:8091"


@pytest.mark.parametrize(
    "more",
    [
        "[large_cash]\nidentity_from_fen = 0\n",
        "[pinpad]\ndeadline_s = 45\n",
        '[pinpad]\nurl = "http://pad"\ndeadline_s = 0\n',
        "[flows]\nduplicate_days = -1\n",
        "[staff]\nsession_hours = 0\n",
        "[staff]\nsession_hours = 25\n",
    ],
)
def test_what_makes_no_sense_is_refused_with_its_key(tmp_path: Path, more: str) -> None:
    with pytest.raises(BadSetup) as caught:
        settings_with(tmp_path, more)

    assert str(caught.value.args_by_name["reason"]).split(".")[0] == more[1 : more.index("]")]


def test_another_workstation_stands_beside_the_files_on_the_same_database(tmp_path: Path) -> None:
    setup.write_settings(tmp_path, PLAN)

    front, settings = config.front(tmp_path, "91"), config.load(tmp_path, "91")

    assert (front.till_no, settings.desk.till_no, settings.desk.terminal) == ("91", "91", "T91")
    assert settings.store == config.load(tmp_path).store
    assert config.load(tmp_path).desk.till_no == "07"


def test_a_till_that_is_no_number_of_two_figures_is_refused(tmp_path: Path) -> None:
    setup.write_settings(tmp_path, PLAN)

    with pytest.raises(BadSetup) as caught:
        config.load(tmp_path, "9")

    assert "desk.till_no" in str(caught.value.args_by_name["reason"])
