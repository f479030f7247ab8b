"""The line of every key, however a file is written."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerdesk.billers.catalogue import SHIPPED
from tellerdesk.checked.toml_lines import KeyPath, Lines, line_of_syntax_error

FILE = '''\
# a comment = not a key
code = "1101" # another [comment]
"quoted key" = 1
'it s'.x = 1
"a\\u0062c\\U00000022" = 2
"\\\\U00000041" = 3
dotted . key.deep = 3

[name]
zh_CN = "has ] and } and # inside"
long = """
en = "not a key"
\\""" [not.a.table]
"""
literal = \'\'\'
[nor.this]
x'\'\'\'
after = 5

[ name . more ]
when = 1979-05-27 07:32:00
label = { zh_CN = "户号", en.short = [1, 2], "}" = { x = 1 } }

[[fields]]
key = "a"
[fields.label]
en = "A"

[[fields]]
key = "b"
list = [
    1, # one
    { deep = "x", b = [ "]" ] },

    [ 2, 3 ],
]
[[fields.sub]]
x = 1
[[fields.sub]]
x = 2
[parent.child]
x = 1
[parent]
y = 2
'''

WANTED: dict[KeyPath, str] = {
    ("code",): "code =",
    ("quoted key",): '"quoted key"',
    ("it s", "x"): "'it s'",
    ('abc"',): '"a\\u0062c',
    ("\\U00000041",): '"\\\\U',
    ("dotted",): "dotted .",
    ("dotted", "key", "deep"): "dotted .",
    ("name",): "[name]",
    ("name", "zh_CN"): "zh_CN =",
    ("name", "long"): "long =",
    ("name", "literal"): "literal =",
    ("name", "after"): "after =",
    ("name", "more"): "[ name",
    ("name", "more", "when"): "when =",
    ("name", "more", "label", "zh_CN"): "label =",
    ("name", "more", "label", "en", "short", 1): "label =",
    ("name", "more", "label", "}", "x"): "label =",
    ("fields",): "[[fields]]",
    ("fields", 0): "[[fields]]",
    ("fields", 0, "key"): 'key = "a"',
    ("fields", 0, "label"): "[fields.label]",
    ("fields", 0, "label", "en"): 'en = "A"',
    ("fields", 1, "key"): 'key = "b"',
    ("fields", 1, "list"): "list =",
    ("fields", 1, "list", 0): "1, # one",
    ("fields", 1, "list", 1, "deep"): "{ deep",
    ("fields", 1, "list", 1, "b", 0): "{ deep",
    ("fields", 1, "list", 2, 1): "[ 2, 3 ]",
    ("fields", 1, "sub", 0, "x"): "x = 1\n[[fields.sub]]\nx = 2",
    ("fields", 1, "sub", 1, "x"): "x = 2",
    ("parent",): "[parent]",
    ("parent", "child"): "[parent.child]",
    ("parent", "y"): "y = 2",
}


@pytest.mark.parametrize("path", WANTED, ids=str)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_key_is_found_in_its_line(path: KeyPath, end: str) -> None:
    wanted = FILE[: FILE.index(WANTED[path])].count("\n") + 1

    assert Lines(FILE.replace("\n", end)).of(path) == wanted


def test_the_example_is_toml_and_has_these_keys() -> None:
    table = tomllib.loads(FILE)

    for path in WANTED:
        assert value_at(table, path) is not None


def test_a_key_that_is_missing_is_where_its_table_stands() -> None:
    lines = Lines(FILE)

    assert lines.of(("fields", 1, "pattern")) == lines.of(("fields", 1))
    assert lines.of(("fields", 7, "pattern")) == lines.of(("fields",))
    assert lines.of(("nowhere", "at", "all")) == 1


def value_at(table: Any, path: KeyPath) -> Any:
    for part in path:
        table = table[part]
    return table


def paths_in(table: Any, path: KeyPath = ()) -> list[KeyPath]:
    pairs = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    return [path, *(below for key, value in pairs for below in paths_in(value, (*path, key)))]


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.toml")), ids=lambda file: file.name)
def test_every_key_of_the_shipped_files_stands_in_its_line(file: Any) -> None:
    text = file.read_text(encoding="utf-8")
    lines = Lines(text)

    for path in paths_in(tomllib.loads(text))[1:]:
        names = [part for part in path if isinstance(part, str)]
        found = text.splitlines()[lines.of(path) - 1]
        assert names[-1] in found or isinstance(path[-1], int), path


_KEYS = st.text("abc", min_size=1, max_size=3)
_VALUES = st.sampled_from(["1", '"x = 1"', "'[a]'", '"""\nq = 1\n"""', "[1,\n2]", "1979-05-27 07:32:00", "{ x = 1 }"])


@given(st.lists(st.tuples(st.integers(0, 2), st.lists(_KEYS, min_size=1, max_size=3), _VALUES), max_size=12))
def test_whatever_the_parser_takes_every_key_stands_in_a_line_that_names_it(
    parts: list[tuple[int, list[str], str]],
) -> None:
    written = {0: "{0} = {1}", 1: "[{0}]", 2: "[[{0}]]"}
    text = "\n".join(written[kind].format(".".join(names), value) for kind, names, value in parts) + "\n"
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = Lines(text)

    for path in paths_in(table)[1:]:
        if isinstance(path[-1], str):
            assert path[-1] in text.splitlines()[lines.of(path) - 1]


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = \n", 2), ("a = 1\n\na = 2\n", 3), ('a = 1\nb = """\nno end\n', 3), ("[a\n", 1), ("\n\nx", 3)],
)
def test_a_mistake_in_the_syntax_has_its_line(text: str, line: int) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as error:
        tomllib.loads(text)

    assert line_of_syntax_error(text, error.value) == line
