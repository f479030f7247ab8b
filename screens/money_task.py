"""What the forms that send something share: nobody leaves while it is under way, and a look may be given up."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Protocol

from screens.base import DeskScreen
from screens.bill_looks import Looks
from screens.outcome import OutcomePart
from screens.saying import Say, said, says
from screens.widgets.push import Push
from screens.widgets.waiting import Waiting
from tellerdesk.bills.views import Asking


class _Form(Protocol):
    @property
    def done(self) -> bool:
        """True once the outcome is shown."""


class SendingTask(DeskScreen):
    """`sending` is true while what was sent may move money: until its answer is there nothing can be left. A look may
    be given up at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.sending = False
        self.go = Push(id="go", moves_money=True)
        self.looks = Looks(self)

    FIRST: ClassVar[str]
    """What is said of who is asked, as long as nobody is yet."""
    PRESS: ClassVar[str]
    """What is said where a click is not enough."""

    @abstractmethod
    def show_go(self) -> None:
        """The button and the keys say what comes next."""

    @abstractmethod
    def open_for_typing(self, yes: bool) -> None:
        """What can be typed into at this step; nothing while something is sent."""

    @abstractmethod
    def otherwise(self, state: str) -> Say:
        """What happens if no answer comes from who is asked in this state; `state` is empty while nobody is."""

    def shut(self) -> None:
        """Something is about to be sent: nothing can be typed, pressed or left until the answer is there."""
        self.busy = self.sending = True
        self.go.disabled = True
        self.open_for_typing(False)
        self.note()
        self.query_one(Waiting).start(says(self.FIRST), None, self.otherwise(""))
        self.refresh_keys()

    def asking(self, asking: Asking) -> None:
        """Who is being asked now."""
        if self.busy:
            otherwise = self.otherwise(asking.state)
            self.query_one(Waiting).start(said(asking.counterpart), asking.deadline_s, otherwise)

    def stop_waiting(self) -> None:
        """Nobody is waited for any more, and the next key may come."""
        self.busy = self.sending = False
        self.query_one(Waiting).stop()
        self.open_for_typing(True)
        self.show_go()

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self.note(says(self.PRESS), "warn")

    @property
    def _only_looks(self) -> bool:
        """What is waited for may be given up."""
        return self.busy and not self.sending

    def refuse_while_busy(self) -> bool:
        return not self._only_looks and super().refuse_while_busy()


class MoneyTask(SendingTask):
    """One form, one thing sent, one outcome; then an empty form for the next customer."""

    form: _Form

    def __init__(self) -> None:
        super().__init__()
        self.outcome = OutcomePart(id="outcome")

    def start_over(self) -> None:
        """An empty form: a new request id, the cursor in the first field."""
        self.outcome.payment = None

    @property
    def _only_looks(self) -> bool:
        return not self.form.done and super()._only_looks

    def refuse_while_busy(self) -> bool:
        if self.form.done:
            self.busy = self.outcome.busy
        return super().refuse_while_busy()

    def action_back(self) -> None:
        """Home. Cash that is owed to the customer in front is asked about first."""
        if not self.refuse_while_busy():
            self.outcome.before_leaving(self.desk_app.go_home)

    def action_print(self) -> None:
        if self.form.done:
            self.outcome.print_again()

    def on_outcome_part_changed(self, event: OutcomePart.Changed) -> None:
        event.stop()
        self.busy = self.outcome.busy
        self.refresh_keys()

    def on_outcome_part_finished(self, event: OutcomePart.Finished) -> None:
        event.stop()
        self.start_over()
