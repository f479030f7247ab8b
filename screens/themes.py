"""The quiet look, one of high contrast, and one for terminals of 16 colours.

A surface is told apart by its shade, never by a box; one accent for what to press and what to heed. Where there are
only 16 colours shades are lost, so fields get a colour of their own.
"""

from __future__ import annotations

from textual.theme import Theme

QUIET = Theme(
    name="quiet",
    primary="#2f6f8f",
    secondary="#8b9aa4",
    accent="#d9a441",
    foreground="#e6e9eb",
    background="#11181c",
    surface="#172126",
    panel="#1e2b31",
    success="#6fb38a",
    warning="#d9a441",
    error="#e07a6e",
    dark=True,
    variables={"field": "#1e2b31", "field-focus": "#29505f", "alarm": "#8f2f2a", "alarm-text": "#ffffff"},
)

CONTRAST = Theme(
    name="contrast",
    primary="#0060df",
    secondary="#d8d8d8",
    accent="#ffd600",
    foreground="#ffffff",
    background="#000000",
    surface="#121212",
    panel="#2a2a2a",
    success="#3ddc84",
    warning="#ffd600",
    error="#ff8a80",
    dark=True,
    variables={"field": "#333333", "field-focus": "#0050c0", "alarm": "#d50000", "alarm-text": "#ffffff"},
)

SIXTEEN = Theme(
    name="sixteen",
    primary="#00aaaa",
    secondary="#aaaaaa",
    accent="#ffff55",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#0000aa",
    success="#55ff55",
    warning="#ffff55",
    error="#ff5555",
    dark=True,
    variables={"field": "#0000aa", "field-focus": "#00aaaa", "alarm": "#aa0000", "alarm-text": "#ffffff"},
)

THEMES = (QUIET, CONTRAST, SIXTEEN)


def first_theme(color_system: str | None) -> str:
    """The theme to start with on a terminal of `color_system` (as Rich names it)."""
    return SIXTEEN.name if color_system in {"standard", "windows"} else QUIET.name


def other_theme(name: str) -> str:
    """What the contrast switch changes to."""
    return CONTRAST.name if name != CONTRAST.name else QUIET.name
