"""What no file of a biller may say, alone or beside others, and how it is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerdesk.billers.catalogue import SHIPPED, check, mix_ups, read, read_all
from tellerdesk.checked.reading import LARGEST_FILE
from tellerdesk.errors import BadSetup
from tellerdesk.i18n import LANGUAGES, words
from tests.billers.files import SIX, changed, line_of

# What no file may say


WRONG = [
    # numbers that could not be typed, checked or sent
    ("1101", 'pattern = "[0-9]{14}"', 'pattern = "[0-9]+"', "consumer.pattern", "error.catalogue.pattern"),
    ("1101", 'pattern = "[0-9]{14}"', 'pattern = "(A?){32}"', "consumer.pattern", "error.catalogue.pattern"),
    ("1101", "length = 14", "length = 15", "consumer.length", "error.catalogue.length"),
    ("1101", '"07550031884639"', '"0755003188463"', "consumer.example", "error.catalogue.example_pattern"),
    ("1101", '"07550031884639"', '"07550031884638"', "consumer.example", "error.catalogue.example_checksum"),
    ("1401", '"RN00012345"', '"rn00012345"', "consumer.example", "error.catalogue.example_folded"),
    ("1401", '"RN00012345"', '"RN-0001234"', "consumer.example", "error.catalogue.example_folded"),
    ("1101", '"mod_97_10"', '"mod_11"', "consumer.checksum", "error.catalogue.not_one_of"),
    ("1101", "personal = false", 'personal = "no"', "consumer.personal", "error.catalogue.wants_true_or_false"),
    ("1101", "personal = false", "", "consumer.personal", "error.catalogue.missing"),
    ("1202", 'pattern = "[0-9]{8}"', 'pattern = "[0-9]{3,8}"', "consumer.pattern", "error.catalogue.consumer_short"),
    (
        "1401",
        '"20[0-9]{2}-20[0-9]{2}"',
        '"(20[0-9]{2}-20[0-9]{2})?"',
        "fields[0].pattern",
        "error.catalogue.field_empty",
    ),
    ("1401", 'key = "season"', 'key = "Season"', "fields[0].key", "error.catalogue.not_in_form"),
    ("1401", 'key = "season"', 'key = "consumer_no"', "fields", "error.catalogue.field_twice"),
    ("1401", "required = false", "requird = false", "fields[0].requird", "error.catalogue.unknown_key"),
    # amounts nobody meant
    ("1101", 'rule = "EXACT"', 'rule = "ABOUT"', "amount.rule", "error.catalogue.not_one_of"),
    ("1101", 'rule = "EXACT"', 'rule = "EXACT"\nmin_fen = 100', "amount.min_fen", "error.catalogue.bound_unused"),
    ("1101", 'rule = "EXACT"', 'rule = "EXACT"\nstep_fen = 100', "amount.step_fen", "error.catalogue.bound_unused"),
    ("1501", "max_fen = 50000", "max_fen = 500", "amount.max_fen", "error.catalogue.most_below_least"),
    ("1501", "max_fen = 50000", "", "amount", "error.catalogue.free_unbounded"),
    ("1501", "min_fen = 1000\n", "", "amount", "error.catalogue.free_unbounded"),
    ("1501", "step_fen = 1000", "step_fen = 3000", "amount.step_fen", "error.catalogue.step_uneven"),
    ("1501", "min_fen = 1000", "min_fen = 10.0", "amount.min_fen", "error.catalogue.wants_whole_number"),
    ("1501", "min_fen = 1000", "min_fen = 0", "amount.min_fen", "error.catalogue.too_small"),
    ("1501", "max_fen = 50000", "max_fen = 1000000000000", "amount.max_fen", "error.catalogue.too_great"),
    # times and deadlines
    ("1201", 'close = "23:30"', 'close = "00:30"', "hours.close", "error.catalogue.hours_equal"),
    ("1201", 'close = "23:30"', 'close = "24:00"', "hours.close", "error.catalogue.time_of_day"),
    ("1101", "pay_s = 8.0", "pay_s = 0", "deadlines.pay_s", "error.catalogue.not_above"),
    ("1101", "pay_s = 8.0", "pay_s = nan", "deadlines.pay_s", "error.catalogue.too_great"),
    ("1101", "pay_s = 8.0", 'pay_s = "8"', "deadlines.pay_s", "error.catalogue.wants_number"),
    # doubt without an end, and doubt taken for a no
    ("1202", "person_decides = true", "", "capabilities", "error.catalogue.person_needed"),
    ("1101", "tombstone = true", "tombstone = false", "capabilities", "error.catalogue.person_needed"),
    ("1101", "inquiry = true", "inquiry = false", "capabilities", "error.catalogue.person_needed"),
    (
        "1101",
        "dedupe = true",
        "dedupe = true\nperson_decides = true",
        "capabilities",
        "error.catalogue.person_not_needed",
    ),
    ("1202", "cancel = false", "cancel = true", "capabilities.cancel", "error.catalogue.cancel_without_ids"),
    ("1101", "cancel = true", 'cancel = "yes"', "capabilities.cancel", "error.catalogue.wants_true_or_false"),
    ("1101", "dedupe = true", "dedupe = 1", "capabilities.dedupe", "error.catalogue.wants_true_or_false"),
    (
        "1202",
        'codes = ["NO_SUCH_CONSUMER", ',
        'codes = ["TIMEOUT", ',
        "refusals.codes[0]",
        "error.catalogue.never_definite",
    ),
    ("1202", 'codes = ["NO_SUCH_CONSUMER", ', 'codes = ["no", ', "refusals.codes[0]", "error.catalogue.not_in_form"),
    ("1202", 'codes = ["NO_SUCH', 'codes = []\nother = ["NO_SUCH', "refusals.codes", "error.catalogue.too_few"),
    # money on the wrong account
    ("1101", '"ST-1101"', '"IN-1101"', "accounts.settlement", "error.catalogue.same_account"),
    ("1101", '"IN-1101"', '"TC-0712-07"', "accounts.internal", "error.catalogue.till_account"),
    ("1101", '"IN-1101"', '"IN 1101"', "accounts.internal", "error.catalogue.not_in_form"),
    # names and kinds
    ("1101", '"深圳供电局"', '""', "name.zh_CN", "error.catalogue.too_short"),
    ("1101", '"深圳供电局"', '"深圳\\u202e供电局"', "name.zh_CN", "error.catalogue.not_plain"),
    ("1101", '"深圳供电局"', '"深圳\\u001b[31m"', "name.zh_CN", "error.catalogue.not_plain"),
    ("1101", '"深圳供电局"', "5", "name.zh_CN", "error.catalogue.wants_text"),
    ("1101", 'code = "1101"', 'code = "1"', "code", "error.catalogue.not_in_form"),
    ("1101", 'initials = ["dlgs", "gdj"]', 'initials = "dl"', "initials", "error.catalogue.wants_list"),
    ("1101", 'initials = ["dlgs", "gdj"]', 'initials = ["电"]', "initials[0]", "error.catalogue.not_in_form"),
    ("1101", 'code = "1101"', 'code = "1101"\ninvoice = "BANK"', "invoice", "error.catalogue.wants_table"),
    ("1101", 'code = "1101"', 'code = "1101"\nown_initials = ["a"]', "own_initials", "error.catalogue.unknown_key"),
]


@pytest.mark.parametrize(
    ("of", "old", "new", "key", "sentence"), WRONG, ids=[f"{row[3]}-{row[4]}-{n}" for n, row in enumerate(WRONG)]
)
def test_a_file_that_could_harm_is_refused_at_the_line_and_key(
    tmp_path: Path, of: str, old: str, new: str, key: str, sentence: str
) -> None:
    path = changed(tmp_path, (old, new), of=of)

    found = {(mistake.at.key, mistake.told.id): mistake for mistake in check(path)}

    assert (key, sentence) in found
    last = key.split(".")[-1].split("[")[0]
    line = path.read_text(encoding="utf-8").splitlines()[found[key, sentence].at.line - 1]
    assert last in line or sentence == "error.catalogue.missing"
    for language in LANGUAGES:
        told = words(language).message(found[key, sentence].told)
        assert told != sentence
        assert "{" not in re.sub(r"\{[nm0-9,]+\}", "", told)


def test_all_mistakes_of_a_file_are_told_at_once_in_the_order_of_its_lines(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ("length = 14", "length = 13"),
        ('rule = "EXACT"', 'rule = "ABOUT"'),
        ("pay_s = 8.0", "pay_s = -1"),
        ("tombstone = true", "tombstone = false"),
        ('"ST-1101"', '"IN-1101"'),
        ('en = "Electricity"', 'en = "Electricity"\ncolour = "blue"'),
    )

    found = [(mistake.at.line, mistake.at.key) for mistake in check(path)]

    assert found == [
        (line_of(path, "colour"), "item.colour"),
        (line_of(path, "length = 13"), "consumer.length"),
        (line_of(path, "ABOUT"), "amount.rule"),
        (line_of(path, "pay_s"), "deadlines.pay_s"),
        (line_of(path, "[capabilities]"), "capabilities"),
        (line_of(path, "settlement"), "accounts.settlement"),
    ]


def test_a_key_from_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = changed(tmp_path, ('code = "1101"', 'code = "1101"\n"a\\u001b[2J" = 1'))

    (mistake,) = check(path)

    assert mistake.told.id == "error.catalogue.unknown_key"
    assert "\x1b" not in mistake.at.key


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b'code = "1101"\nname = \n', 2),
        (b'code = "1101"\ncode = "1102"\n', 2),
        (b"code = '\xff'\n", 1),
        (b"a = " + b"[" * 20_000, 1),
        (b"# " + b"x" * LARGEST_FILE, 1),
        (b"a = 1\nb = " + b"9" * 5_000, 2),
    ],
    ids=["syntax", "twice", "bytes", "depth", "size", "number"],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, text: bytes, line: int) -> None:
    path = tmp_path / "1101.toml"
    path.write_bytes(text)

    (mistake,) = check(path)

    assert (mistake.at.line, mistake.told.id) == (line, "error.catalogue.unreadable")


@given(
    st.sampled_from(SIX), st.integers(0, 2_000), st.integers(0, 40), st.text(st.characters(codec="utf-8"), max_size=20)
)
def test_whatever_happens_to_a_file_each_mistake_is_told_in_a_line_of_it(
    tmp_path: Path, code: str, start: int, length: int, instead: str
) -> None:
    text = (SHIPPED / f"{code}.toml").read_text(encoding="utf-8")
    path = tmp_path / "changed.toml"
    path.write_text(text[:start] + instead + text[start + length :], encoding="utf-8")

    mistakes = check(path)

    last = len(path.read_text(encoding="utf-8").split("\n"))
    assert all(1 <= mistake.at.line <= last for mistake in mistakes)
    assert mistakes == sorted(mistakes, key=lambda mistake: mistake.at)
    assert all(words("en").message(mistake.told) != mistake.told.id for mistake in mistakes)


def test_a_file_that_is_not_there_is_a_mistake_too(tmp_path: Path) -> None:
    assert [mistake.told.id for mistake in check(tmp_path / "none.toml")] == ["error.catalogue.unreadable"]


def test_a_desk_does_not_open_with_a_wrong_file_and_names_line_and_key(tmp_path: Path) -> None:
    path = changed(tmp_path, ("length = 14", "length = 13"), ('"ST-1101"', '"IN-1101"'))

    with pytest.raises(BadSetup) as error:
        read_all(tmp_path)

    assert error.value.message_id == "error.setup.biller_file"
    assert error.value.args_by_name == {
        "path": str(path),
        "line": line_of(path, "length = 13"),
        "key": "consumer.length",
        "count": 2,
    }


# Files beside each other


@pytest.mark.parametrize(
    ("exchange", "key", "sentence"),
    [
        (('code = "1201"', 'code = "1101"'), "code", "error.catalogue.code_twice"),
        (('"IN-1201"', '"IN-1101"'), "accounts.internal", "error.catalogue.account_shared"),
        (('"IN-1201"', '"ST-1101"'), "accounts.internal", "error.catalogue.account_shared"),
    ],
)
def test_two_files_whose_codes_or_money_would_mix_are_refused(
    tmp_path: Path, exchange: tuple[str, str], key: str, sentence: str
) -> None:
    paths = [changed(tmp_path), changed(tmp_path, exchange, of="1201")]

    found = mix_ups({path: read(path) for path in paths})

    assert (paths[1], key, sentence) in [(path, mistake.at.key, mistake.told.id) for path, mistake in found]
    assert {mistake.at.line for path, mistake in found if path == paths[1]} == {line_of(paths[1], exchange[1])}
    with pytest.raises(BadSetup) as error:
        read_all(tmp_path)
    assert error.value.message_id == "error.setup.billers_mixed_up"


def test_billers_of_one_company_may_be_settled_on_one_account(tmp_path: Path) -> None:
    changed(tmp_path)
    changed(tmp_path, ('"ST-1201"', '"ST-1101"'), of="1201")

    assert sorted(read_all(tmp_path)) == ["1101", "1201"]


def test_an_empty_folder_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(BadSetup) as error:
        read_all(tmp_path)

    assert error.value.message_id == "error.setup.no_file"
