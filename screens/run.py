"""From the door to the screens and back out: what is set up before the first frame and tidied up after the last.

Nothing of Textual is imported until the environment is scrubbed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from screens.environment import scrub_environment

if TYPE_CHECKING:
    from screens.app import TellerApp
    from screens.desk_port import DeskPort
    from tellerdesk.config import Front

DRAIN_S = 60.0
"""How long a leaving desk waits for flows under way; recovery finishes what takes longer."""

GRACE_S = 2.0
"""How long a terminal that has gone may hold up the orderly way out."""

OPENING_S = 10.0


def run(
    front: Front,
    opener: Callable[[], DeskPort],
    *,
    warm: Sequence[str] = (),
    drain_s: float = DRAIN_S,
    hard_exit: Callable[[int], Any] = os._exit,
) -> int:
    """Runs the terminal application until it is left; returns the exit code.

    `opener` opens the desk, once, in the background; `warm` names modules to load before that. However it ends (asked,
    SIGTERM, a fault of the screens, a terminal that is gone) flows under way are waited for, at most `drain_s`, and
    then the desk is closed.
    """
    scrub_environment()
    from screens.app import TellerApp

    app = TellerApp(front, opener, warm=warm)
    leaving = _Leaving(app, drain_s, hard_exit)
    app.terminal_gone = leaving.without_terminal
    with _signals(app, leaving):
        app.run()
        return leaving.on_the_plain_terminal()


class _Leaving:
    """The way out. It is taken once, by whichever thread is first."""

    def __init__(self, app: TellerApp, drain_s: float, hard_exit: Callable[[int], Any]) -> None:
        self._app = app
        self._drain_s = drain_s
        self._hard_exit = hard_exit
        self._taken = threading.Lock()
        self._on_its_way = threading.Event()
        self.code = 0

    def on_the_plain_terminal(self) -> int:
        """Waits for what runs, with sentences; ends the process at once if something would still hold it up."""
        app, words = self._app, self._app.words
        if not self._taken.acquire(blocking=False):
            threading.Event().wait()  # the other way out ends the process
        self._on_its_way.set()
        if app.fault is not None:
            self.code = self.code or 1
            _say(words("leave.fault", reference=app.fault.args_by_name["reference"]))
        drained = self._drain(_say)
        self._close()
        if not drained:
            sys.stdout.flush()
            self._hard_exit(self.code)
        return self.code

    def without_terminal(self) -> None:
        """The terminal is gone: nothing can be said and the screens may hang on writing to it."""
        threading.Thread(target=self._without_terminal, name="screens-leaving").start()

    def _without_terminal(self) -> None:
        if not self._on_its_way.wait(GRACE_S) and self._taken.acquire(blocking=False):
            self._drain(lambda _sentence: None)
            self._close()
            self._hard_exit(self.code or 129)

    def _drain(self, say: Callable[[str], None]) -> bool:
        app, words = self._app, self._app.words
        desk = self._opened_desk()
        if desk is None or not desk.in_flight():
            return True
        say(words("leave.waiting", count=desk.in_flight(), most=round(self._drain_s)))
        drained = desk.drain(self._drain_s)
        for sentence in _outcomes(app):
            say(sentence)
        say(words("leave.done" if drained else "leave.not_done"))
        return drained

    def _opened_desk(self) -> DeskPort | None:
        opening = self._app.opening
        if opening is not None:
            opening.join(OPENING_S)
        return self._app.desk

    def _close(self) -> None:
        desk = self._app.desk
        if desk is not None:
            closing = threading.Thread(target=desk.close, name="screens-closing", daemon=True)
            closing.start()
            closing.join(OPENING_S)


def _outcomes(app: TellerApp) -> Iterator[str]:
    """What became of the payments and refunds whose screen could no longer show it."""
    from screens.refund_words import state_id
    from tellerdesk.bills.basket_views import BasketView
    from tellerdesk.bills.views import PaymentView
    from tellerdesk.refunds.views import RefundView
    from tellerdesk.serials import spoken

    words = app.words
    for errand in app.errands.flows():
        if errand.future.done():
            outcome = errand.outcome()
            ended = [outcome] if isinstance(outcome, PaymentView | RefundView) else []
            if isinstance(outcome, BasketView):
                ended = [line.payment for line in outcome.lines if line.payment is not None]
            for each in ended:
                usual = f"word.{each.word.value.lower()}"
                word = words(state_id(each) if isinstance(each, RefundView) else usual)
                advice = words.message(each.advice)
                yield words("leave.outcome", serial=spoken(each.serial), word=word, advice=advice)


def _say(sentence: str) -> None:
    with suppress(OSError, ValueError):
        print(sentence, flush=True)


@contextmanager
def _signals(app: TellerApp, leaving: _Leaving) -> Iterator[None]:
    """SIGTERM ends the screens in order, SIGHUP is a terminal that is gone, SIGINT does nothing: Ctrl+C is a key."""

    def terminate(_number: int, _frame: object) -> None:
        leaving.code = 128 + signal.SIGTERM
        with suppress(RuntimeError):
            app.call_from_anywhere(app.leave_now)

    def hang_up(_number: int, _frame: object) -> None:
        with suppress(RuntimeError):
            app.call_from_anywhere(app.leave_now)
        leaving.without_terminal()

    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, terminate),
        signal.SIGHUP: signal.signal(signal.SIGHUP, hang_up),
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
