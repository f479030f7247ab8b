"""Named steps: the places where a process can be stopped between one durable effect and the next.

Every commit, counterpart call and file write passes a hook with its name before and after. The hook does nothing in
service; tests count and stop there. Names read "commit.payment.intent:before".
"""

from __future__ import annotations

from collections.abc import Callable

StepHook = Callable[[str], None]


def no_hook(step: str) -> None:
    """The hook of every day."""
