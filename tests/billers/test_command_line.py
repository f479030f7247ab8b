"""`tellerdesk billers` as an operator runs it."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from support.in_force import put_in_force
from typer.testing import CliRunner

from tellerdesk import setup
from tellerdesk.__main__ import app
from tellerdesk.billers.catalogue import SHIPPED, read_all
from tellerdesk.billers.listing import RULES, table
from tellerdesk.billers.states import AmountRule
from tellerdesk.commandline.common import speak_here
from tellerdesk.demo.plan import plan
from tellerdesk.i18n import LANGUAGES, words
from tests.billers.files import changed, line_of, seventh


def run(*arguments: str | Path) -> tuple[int, list[str]]:
    ran = CliRunner().invoke(app, ["billers", *map(str, arguments)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit)
    return ran.exit_code, ran.output.splitlines()


# check


def test_files_that_are_well_are_said_to_be_well() -> None:
    files = sorted(SHIPPED.glob("*.toml"))

    assert run("check", *files) == (0, [speak_here("door.billers.well", path=str(path)) for path in files])


def test_each_mistake_is_one_line_with_file_line_key_and_sentence(tmp_path: Path) -> None:
    path = changed(tmp_path, ("length = 14", "length = 13"), ("pay_s = 8.0", "pay_s = 500"))

    code, told = run("check", path, SHIPPED / "1201.toml")

    assert code == 1
    assert told == [
        f"{path}:{line_of(path, 'length')}: consumer.length: {speak_here('error.catalogue.length', most=14)}",
        f"{path}:{line_of(path, 'pay_s')}: deadlines.pay_s: {speak_here('error.catalogue.too_great', le='120.0')}",
        speak_here("door.billers.well", path=str(SHIPPED / "1201.toml")),
    ]


def test_a_syntax_error_has_its_line_and_no_key(tmp_path: Path) -> None:
    path = changed(tmp_path, ("length = 14", "length = "))

    code, told = run("check", path)

    assert code == 1
    assert told[0].startswith(
        f"{path}:{line_of(path, 'length')}: {speak_here('error.catalogue.unreadable', reason='')}"
    )


def test_files_are_also_compared_with_each_other(tmp_path: Path) -> None:
    path = changed(tmp_path, ('"IN-1201"', '"IN-1101"'), of="1201")

    code, told = run("check", SHIPPED / "1101.toml", path)

    assert code == 1
    assert f"{path}:{line_of(path, 'IN-1101')}: accounts.internal: " in "\n".join(told)
    assert run("check", path)[0] == 0


# list


@pytest.mark.req("B1")
def test_the_list_shows_how_the_shipped_billers_differ() -> None:
    code, told = run("list")

    assert code == 0
    assert [line.split()[0] for line in told[1:]] == ["1101", "1201", "1202", "1301", "1401", "1501"]
    assert "00:30-23:30" in told[2]
    assert all(speak_here("door.billers.not_linked") in line for line in told[1:])


def test_the_list_of_a_workstation_shows_its_own_catalogue_and_what_it_is_linked_to(tmp_path: Path) -> None:
    folder, catalogue = tmp_path / "desk", tmp_path / "catalogue"
    catalogue.mkdir()
    changed(catalogue)
    seventh(catalogue)
    setup.init(folder, plan("http://127.0.0.1:9", "http://127.0.0.1:9"))
    settings = folder / "tellerdesk.toml"
    settings.write_text(f'catalogue = "{catalogue}"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")

    code, told = run("list", "--folder", folder)

    assert code == 0
    assert [(line.split()[0], line.endswith(speak_here("door.billers.not_linked"))) for line in told[1:]] == [
        ("1101", False),
        ("1701", True),
    ]
    assert told[1].endswith(speak_here("door.billers.linked"))


def test_once_adopted_the_list_shows_what_is_in_force_and_not_what_lies_on_disk(tmp_path: Path) -> None:
    folder, catalogue = tmp_path / "desk", tmp_path / "catalogue"
    catalogue.mkdir()
    changed(catalogue)
    setup.init(folder, plan("http://127.0.0.1:9", "http://127.0.0.1:9"))
    settings = folder / "tellerdesk.toml"
    settings.write_text(f'catalogue = "{catalogue}"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    put_in_force(folder, catalogue)
    before = run("list", "--folder", folder)
    changed(catalogue, ("dedupe = true", "dedupe = false"))
    seventh(catalogue)

    assert run("list", "--folder", folder) == before
    assert speak_here("door.billers.can_dedupe") in before[1][1]


def test_a_folder_without_settings_is_said_to_have_none(tmp_path: Path) -> None:
    code, told = run("list", "--folder", tmp_path)

    assert code == 1
    assert str(tmp_path) in "\n".join(told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_are_aligned_on_a_terminal_where_a_chinese_character_takes_two_cells(language: str) -> None:
    say = words(language)
    lines = table(read_all().values(), ("1101",), say)

    columns = set()
    for line in lines[1:]:
        hours = "00:30-23:30" if "00:30-23:30" in line else "22:00" if "07:00-22:00" in line else ""
        rule = next(say(told) for told in sorted(RULES.values(), key=lambda told: -len(say(told))) if say(told) in line)
        before = line[: line.index(rule)]
        columns.add(sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in before))
        assert hours or say("door.billers.always") in line or "-" in line
    assert len(columns) == 1
    assert set(RULES) == set(AmountRule)


# try


def test_a_wrong_file_is_not_tried(tmp_path: Path) -> None:
    path = changed(tmp_path, ("length = 14", "length = 13"))

    code, told = run("try", path)

    assert code == 1
    assert told == [
        f"{path}:{line_of(path, 'length')}: consumer.length: {speak_here('error.catalogue.length', most=14)}"
    ]


def test_an_amount_that_is_none_is_not_tried(tmp_path: Path) -> None:
    assert run("try", seventh(tmp_path), "--amount", "ten") == (1, [speak_here("error.amount.format")])
