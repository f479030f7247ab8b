"""The state diagram of a flow, drawn from its table: the picture in docs/ cannot differ from what runs."""

from __future__ import annotations

from collections.abc import Mapping

from tellerdesk.journal.states import State, Transition


def markdown(title: str, states: Mapping[str, State], table: tuple[Transition, ...]) -> str:
    """A Mermaid state diagram and the table behind it, as Markdown."""
    lines = [f"# {title}", "", "Generated from the transition table; do not edit.", "", "```mermaid", "stateDiagram-v2"]
    for row in table:
        start = "[*]" if row.state not in states else row.state
        guard = f" [{row.guard}]" if row.guard else ""
        lines.append(f"    {start} --> {row.next}: {row.row} {row.event}{guard}")
    lines += [f"    {state.name} --> [*]" for state in states.values() if state.terminal]
    lines += ["```", "", "| row | state | event | guard | next | leg to send | effects | word |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    for row in table:
        after = states[row.next]
        cells = (
            row.row,
            row.state,
            row.event,
            row.guard or "",
            row.next,
            after.send or "",
            ", ".join(row.effects),
            after.word.value,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
