"""Every action a key can start, once. The key bar, the help pages, the bindings and the tests read this table.

Browsers and some terminals keep F1 F3 F5 F10 F11 F12 for themselves, so every F-key has a second way: a control chord
no terminal line discipline, browser, tmux or text field wants, another plain key, or a transaction code.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` as Textual names them, the first one is shown in the key bar; `label` and `help` are message ids."""

    name: str
    keys: tuple[str, ...]
    label: str
    help: str
    code: str = ""

    @property
    def shown(self) -> str:
        return key_cap(self.keys[0])

    @property
    def second(self) -> str:
        """The second way, as a teller reads it."""
        return key_cap(self.keys[1]) if len(self.keys) > 1 else self.code


_CAPS = {
    "escape": "Esc", "enter": "Enter", "pageup": "PgUp", "pagedown": "PgDn", "tab": "Tab", "down": "↓",
    "up": "↑", "insert": "Ins", "delete": "Del", "plus": "+",
}  # fmt: skip


def key_cap(key: str) -> str:
    """ "ctrl+s" -> "Ctrl+S", "f10" -> "F10", "pageup" -> "PgUp"."""
    if key.startswith("ctrl+"):
        return "Ctrl+" + key.removeprefix("ctrl+").upper()
    return _CAPS.get(key, key.upper())


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("help", ("f1", "ctrl+g"), "key.help", "key.help.help"),
        Action("go_to", ("f2", "ctrl+f"), "key.go_to", "key.go_to.help"),
        Action("back", ("f3", "ctrl+r"), "key.back", "key.back.help"),
        Action("choices", ("f4", "down"), "key.choices", "key.choices.help"),
        Action("again", ("f5", "ctrl+y"), "key.again", "key.again.help"),
        Action("next_pane", ("f6", "tab"), "key.next_pane", "key.next_pane.help"),
        Action("page_up", ("f7", "pageup"), "key.page_up", "key.page_up.help"),
        Action("page_down", ("f8", "pagedown"), "key.page_down", "key.page_down.help"),
        Action("approvals", ("f9",), "key.approvals", "key.approvals.help", code="7001"),
        Action("method", ("insert", "up"), "key.method", "key.method.help"),
        Action("undo", ("delete",), "key.undo", "key.undo.help", code="2002"),
        Action("basket", ("plus",), "key.basket", "key.basket.help"),
        Action("submit", ("f10", "ctrl+s"), "key.submit", "key.submit.help"),
        Action("language", ("f11", "ctrl+l"), "key.language", "key.language.help"),
        Action("lock", ("f12", "ctrl+o"), "key.lock", "key.lock.help", code="1003"),
        Action("print", ("ctrl+p",), "key.print", "key.print.help"),
        Action("cancel", ("escape",), "key.cancel", "key.cancel.help"),
        Action("hand_back", ("1",), "key.hand_back", "key.hand_back.help"),
        Action("suspend", ("2",), "key.suspend", "key.suspend.help"),
        Action("refund", ("3",), "key.refund", "key.refund.help", code="2005"),
        Action("retry", ("4",), "key.retry", "key.retry.help"),
        Action("settle", ("5",), "key.settle", "key.settle.help"),
        Action("quit", ("ctrl+q",), "key.quit", "key.quit.help", code="1002"),
    )
}

GO_KEYS = frozenset({"enter", *ACTIONS["submit"].keys, *ACTIONS["basket"].keys})
"""The keys that carry a teller onward; two of them too close together are not two decisions."""


def bindings(*names: str) -> list[BindingType]:
    """Textual bindings for the named actions; the methods are `action_<name>` of whoever declares them."""
    return [Binding(",".join(ACTIONS[name].keys), name, show=False) for name in names]
