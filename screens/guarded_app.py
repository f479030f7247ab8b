"""A Textual app that neither leaks nor falls over loudly.

Stock Textual prints every local variable when it crashes, offers a screenshot of the screen, hands copied text to the
terminal's clipboard, and lets control characters through to the terminal. None of that happens here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App

from screens.faults import Fault, fault_of
from screens.themes import THEMES, first_theme, other_theme
from screens.walls import PlainWall


class GuardedApp(App[int]):
    """What a teller's terminal needs of Textual, and what it must not have of it."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.fault: Fault | None = None
        """Why the screens fell over, for whoever ends the process."""
        self.terminal_gone: Callable[[], None] = lambda: None
        """Told when the terminal can no longer be read."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = first_theme(self.console.color_system)
        self._filters.append(PlainWall())

    def action_contrast(self) -> None:
        """High contrast and back."""
        self.theme = other_theme(self.theme)

    def action_help_quit(self) -> None:
        """Ctrl+C copies in a field and does nothing elsewhere."""

    def copy_to_clipboard(self, text: str) -> None:
        """Within the app only: customers' data never go to the terminal's clipboard."""
        self._clipboard = text

    def call_from_anywhere(self, call: Callable[[], None]) -> None:
        """Runs `call` on the UI thread, from a signal handler or another thread. Raises RuntimeError after the end."""
        loop = self._loop
        if loop is None:
            raise RuntimeError("not running")
        loop.call_soon_threadsafe(call)

    def _handle_exception(self, error: Exception) -> None:
        """An unforeseen exception ends the screens in order. No traceback, no locals; running flows go on."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        if self.fault is None:
            self.fault = fault_of(error)
        self._fatal_error()

    def _fatal_error(self) -> None:
        self._return_code = 1
        self._exit_renderables.clear()
        self._close_messages_no_wait()

    def panic(self, *_renderables: Any) -> None:
        """Textual panics when its input thread dies, which is what a closed terminal looks like."""
        self._fatal_error()
        self.terminal_gone()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()
