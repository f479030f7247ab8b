"""Who is being asked, told to a screen by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tellerdesk.bills.views import Asking
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.runner import Watch


def telling(names: Mapping[str, Bilingual], watch: Callable[[Asking], None] | None) -> Watch | None:
    """What the runner tells, as `watch` takes it."""
    if watch is None:
        return None

    def tell(state: str, counterpart: str, deadline_s: float) -> None:
        name = names.get(counterpart, Bilingual(counterpart, counterpart))
        watch(Asking(state, name, deadline_s))

    return tell
