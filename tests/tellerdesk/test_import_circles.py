"""No module needs itself while it is being loaded."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("tellerdesk", "screens", "receipts")


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _loaded_with(body: list[ast.stmt]) -> Iterator[str]:
    """What a module loads with itself: neither within its functions nor for the types alone."""
    for node in body:
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.Try) or (isinstance(node, ast.If) and ast.unparse(node.test) != "TYPE_CHECKING"):
            yield from _loaded_with(node.body)


def _faces(name: str) -> set[str]:
    """A module and the packages it stands in, whose faces are loaded before it anyway."""
    parts = name.split(".")
    return {".".join(parts[: end + 1]) for end in range(len(parts))}


def _circle(sources: dict[str, str]) -> list[str]:
    """The modules of one circle; none where there is none."""
    graph = {
        name: {each for each in _loaded_with(ast.parse(source).body) if each in sources and each not in _faces(name)}
        for name, source in sources.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_is_needed_by_what_it_loads() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]

    assert _circle({_name(path): path.read_text(encoding="utf-8") for path in files}) == []


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("from a import one", True),
        ("import a", True),
        ("if True:\n    import a", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a", False),
        ("def late():\n    import a", False),
    ],
)
def test_a_circle_is_seen_where_there_is_one(second: str, found: bool) -> None:
    assert bool(_circle({"a": "from b import two", "b": second})) is found
