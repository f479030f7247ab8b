"""Every word the code writes into the audit, found in the code itself."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import tellerdesk

_WORD = re.compile(r"[a-z]+\.[a-z_]+")
_PLACE = 2
"""Where the action stands in `audit.write(session, person, action, subject, details)`."""


@cache
def actions_in_code() -> frozenset[str]:
    """The members of every enumeration named `...Action`, and what is written down in a call."""
    found: set[str] = set()
    for path in Path(tellerdesk.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Action"):
                found |= {word for word in _strings(node) if _WORD.fullmatch(word)}
            elif isinstance(node, ast.Call) and _writes_audit(node):
                found |= {word for word in _strings(node.args[_PLACE]) if _WORD.fullmatch(word)}
    return frozenset(found)


def calls_without_a_word() -> list[str]:
    """Calls whose action is neither written down nor a member of such an enumeration: nobody could list those."""
    found = []
    for path in Path(tellerdesk.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _writes_audit(node):
                given = node.args[_PLACE]
                if not set(_strings(given)) and "Action" not in ast.unparse(given):
                    found.append(f"{path.name}:{node.lineno} {ast.unparse(given)}")
    return found


def _writes_audit(call: ast.Call) -> bool:
    called = ast.unparse(call.func)
    return called.endswith("audit.write") and len(call.args) > _PLACE


def _strings(tree: ast.AST) -> list[str]:
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
