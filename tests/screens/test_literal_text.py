"""No string becomes markup by mistake: only the few modules that wrap text may hand text to a widget."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from screens import actions

SCREENS = Path(actions.__file__).parent
PARSES_MARKUP = {
    "Static", "Label", "Button", "Checkbox", "RadioButton", "Select", "OptionList", "Option", "SelectionList",
    "DataTable", "Tree", "TabPane", "Collapsible", "Markdown", "RichLog", "notify", "add_row", "add_column",
    "add_columns", "add_option", "from_markup", "Tooltip",
}  # fmt: skip
"""Calls through which stock Textual reads a plain string as markup."""

ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "label", "content"}
"""Assignments through which it does."""

LITERAL = {"literal", "Content", "styled", "empty", "blank", "assemble", "join", "fitted"}
"""What makes text that is shown as it is."""

WRAPS = {"widgets/push.py"}
"""The one module that hands text to a stock widget: what a Say makes, which is Content."""


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _made_literal(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and _name(value) in LITERAL


def offences(source: str) -> list[int]:
    """Lines that hand a string to something that would parse it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node) in PARSES_MARKUP:
            given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg not in {"id", "classes"})]
            if not all(_made_literal(value) for value in given):
                found.append(node.lineno)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {target.attr for target in targets if isinstance(target, ast.Attribute)}
            if names & ATTRIBUTES and node.value is not None and not _made_literal(node.value):
                found.append(node.lineno)
        elif isinstance(node, ast.Call) and _name(node) == "update" and node.args and not _made_literal(node.args[0]):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize("path", sorted(SCREENS.rglob("*.py")), ids=lambda path: path.name)
def test_no_screen_hands_a_string_to_a_widget_that_parses_it(path: Path) -> None:
    if path.relative_to(SCREENS).as_posix() not in WRAPS:
        assert offences(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "Static(name)", "Label(f'{name}')", "self.notify(text)", "table.add_row(name)", "w.border_title = name",
        "Static('[b]x')", "Content.from_markup(x)", "line.update(name)", "Button(label=name)", "w.tooltip = name",
    ],
)  # fmt: skip
def test_the_rule_finds_what_it_is_for(line: str) -> None:
    assert offences(line) == [1]


@pytest.mark.parametrize("line", ["line.update(literal(name))", "Static(Content(name))", "x.show(says('a.b'))"])
def test_the_rule_lets_literal_text_pass(line: str) -> None:
    assert offences(line) == []
