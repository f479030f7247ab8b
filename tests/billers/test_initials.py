"""What a teller types to find a biller."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tellerdesk.billers.catalogue import read, read_all
from tellerdesk.billers.initials import MOST, initials_of
from tests.billers.files import changed


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("深圳供电局", ("szgdj",)),
        ("电力", ("dl",)),
        ("深圳市水务集团", ("szsswjt",)),
        ("移动话费充值", ("ydhfcz",)),
        ("", ()),
        ("（）—", ()),
    ],
)
def test_a_name_is_found_by_the_first_letters_of_its_pinyin(name: str, initials: tuple[str, ...]) -> None:
    assert initials_of(name) == initials


@pytest.mark.parametrize(
    ("name", "first", "also"),
    [
        ("重庆燃气", "cqrq", "zqrq"),
        ("重量", "zl", "cl"),
        ("中国银行", "zgyh", "zgyx"),
        ("长沙水务", "cssw", "zssw"),
        ("厦门大厦", "xmds", "smdx"),
        ("番禺水厂", "pysc", "fysc"),
    ],
)
def test_a_character_with_two_readings_is_found_by_either_its_words_own_first(name: str, first: str, also: str) -> None:
    found = initials_of(name)

    assert found[0] == first
    assert also in found


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("ETC卡充值", "etckcz"),
        ("移动5G话费", "yd5ghf"),
        ("中国移动 CMCC（广东）", "zgydcmccgd"),
        ("Ｇ网", "w"),
        ("A", "a"),
    ],
)
def test_letters_and_digits_stand_for_themselves(name: str, initials: str) -> None:
    assert initials_of(name) == (initials,)


def test_a_name_full_of_double_readings_has_no_more_than_a_list_can_show() -> None:
    found = initials_of("重长行乐厦石单曾")

    assert len(found) == MOST == len(set(found))


def test_a_biller_is_found_by_both_its_names_and_by_what_its_file_adds(tmp_path: Path) -> None:
    path = changed(tmp_path, ('initials = ["dlgs", "gdj"]', 'initials = ["dgj", "dl"]'))

    assert read(path).initials == ("dl", "szgdj", "dgj")


@pytest.mark.req("B1")
def test_every_shipped_biller_has_initials_of_its_own() -> None:
    short = [biller.initials[0] for biller in read_all().values()]

    assert short == ["dl", "sw", "cgs", "rq", "gr", "hf"]


@pytest.mark.req("B1")
@pytest.mark.parametrize(("typed", "code"), [("dlgs", "1101"), ("swgs", "1201"), ("rqgs", "1301"), ("rlgs", "1401")])
def test_what_tellers_call_a_company_finds_the_shipped_one(typed: str, code: str) -> None:
    assert [biller.code for biller in read_all().values() if typed in biller.initials] == [code]


def test_reading_a_catalogue_does_not_load_the_dictionary() -> None:
    code = "import sys; from tellerdesk.billers.catalogue import read_all; read_all(); print('pypinyin' in sys.modules)"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert ran.stdout.strip() == "False"
