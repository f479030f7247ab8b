"""What the forms that send something share: nobody leaves while it is under way, and a look may be given up."""

from __future__ import annotations

from typing import Protocol

from screens.base import DeskScreen
from screens.bill_looks import Looks
from screens.outcome import OutcomePart
from screens.widgets.push import Push


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

    def stop_waiting(self) -> None:
        """Nobody is waited for any more, and the next key may come."""
        self.busy = self.sending = False

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
