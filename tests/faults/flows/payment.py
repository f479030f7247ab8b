"""The payment of a bill under faults."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from faults.case import Fault
from faults.evidence import Evidence
from faults.flows import Course, Scene
from faults.seen import is_payment
from tellerdesk.bills import states as payment_states
from tellerdesk.bills.commands import ConfirmCashReturned, LookUp, PayBill, RetryReversal
from tellerdesk.bills.payment_flow import PAYMENT
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.sandbox.config import BILLERS, CORE, ELECTRICITY

COUNTED_TOO_MUCH_FEN = 600

_BEFORE_RECOVERY_ASKS = "commit.journal.claim:after"
_BEFORE_THE_TOMBSTONE = "call.BILLER_TOMBSTONE:before"
_BEFORE_THE_REVERSAL = "call.CORE_REVERSE:before"


class PaymentUnderFaults:
    """Implements `faults.flows.FaultFlow`."""

    name = "payment"
    counterpart = ELECTRICITY
    states = payment_states.STATES
    table = payment_states.TABLE
    legs = payment_states.LEGS
    courses: Mapping[str, Course] = {
        "good": Course(pairs=True),
        "core-refuses": Course((Fault.parse("CORE_POST.no.reject"),)),
        "core-lost": Course((Fault.parse("CORE_POST.no.timeout"),)),
        "core-unheard": Course((Fault.parse("CORE_POST.yes.timeout"),), pairs=True),
        "core-late": Course((Fault.parse("CORE_POST.late.timeout"),)),
        "core-silent": Course((Fault.parse("CORE_POST.yes.timeout"), Fault.parse("CORE_INQUIRE.no.timeout.lasting"))),
        "core-down": Course(down=CORE, down_at="commit.bill.quote:after"),
        "biller-refuses": Course((Fault.parse("BILLER_PAY.no.reject"),), pairs=True),
        "biller-lost": Course((Fault.parse("BILLER_PAY.no.timeout"),), pairs=True),
        "biller-unheard": Course((Fault.parse("BILLER_PAY.yes.timeout"),)),
        "biller-late": Course((Fault.parse("BILLER_PAY.late.timeout"),)),
        "biller-down": Course(down=ELECTRICITY, down_at="commit.bill.quote:after"),
        "reversal-refused": Course((Fault.parse("BILLER_PAY.no.reject"), Fault.parse("CORE_REVERSE.no.reject"))),
    }
    product: Mapping[str, tuple[str, ...]] = {
        "CORE_POST": ("good",),
        "CORE_INQUIRE": ("core-lost", "core-unheard"),
        "CORE_REVERSE": ("biller-refuses",),
        "BILLER_PAY": ("good",),
        "BILLER_INQUIRE": ("biller-lost", "biller-unheard"),
        "BILLER_TOMBSTONE": ("biller-lost",),
    }
    arrivals: Mapping[str, tuple[str, ...]] = {
        "CORE_POST": (_BEFORE_RECOVERY_ASKS, _BEFORE_THE_REVERSAL),
        "BILLER_PAY": (_BEFORE_RECOVERY_ASKS, _BEFORE_THE_TOMBSTONE, _BEFORE_THE_REVERSAL),
        "BILLER_TOMBSTONE": (_BEFORE_THE_REVERSAL,),
    }
    blind: Mapping[str, tuple[str, ...]] = {"BILLER_PAY": ("good",)}
    once = frozenset({"CORE_POST", "BILLER_PAY"})
    stands = frozenset({Word.PAID})
    gone = frozenset({Word.FAILED, Word.REVERSED})
    untouched = frozenset({payment_states.PENDING_APPROVAL, payment_states.ABORTED})
    alike = False
    several = False
    otherwise: frozenset[str] = frozenset()

    def act(self, scene: Scene) -> None:
        bill = scene.desk.bills.look_up(scene.teller, LookUp(BILLERS[self.counterpart], scene.consumer_no))
        command = self._command(scene, bill.quote_id, self._amount_fen(bill))
        self._paper_or_cash(scene, scene.desk.bills.pay(scene.teller, command))

    def mend(self, scene: Scene) -> None:
        for view in scene.desk.bills.recent(scene.teller, 10):
            if view.state == payment_states.REVERSE_FAILED:
                scene.desk.bills.retry_reversal(scene.supervisor, RetryReversal(view.serial))
            self._paper_or_cash(scene, self._pressed_again(scene, view))

    def judge(self, evidence: Evidence) -> list[tuple[str, str]]:
        """A payment in doubt has been posted by core: only the biller can be in doubt for good."""
        broken = []
        for entry in filter(is_payment, evidence.end.entries):
            if self.states[entry["state"]].word is Word.PROCESSING and entry["state"] != payment_states.BILLER_UNKNOWN:
                broken.append(("only-the-biller-in-doubt", f"{entry['serial']} rests in {entry['state']}"))
        return broken

    def _pressed_again(self, scene: Scene, view: PaymentView) -> PaymentView:
        """The teller who saw the desk die presses the key of the same form once more."""
        with scene.desk.store.read() as session:
            quote_id = session.connection().execute(select(PAYMENT.c.quote_id)).scalar_one()
        return scene.desk.bills.pay(scene.teller, self._command(scene, quote_id, view.amount_fen))

    def _amount_fen(self, bill: BillView) -> int:
        """What the customer pays of it."""
        return bill.total_fen

    def _command(self, scene: Scene, quote_id: str, amount_fen: int) -> PayBill:
        """What the form sends, the same each time its key is pressed."""
        return PayBill(scene.request_id, quote_id, amount_fen, amount_fen + COUNTED_TOO_MUCH_FEN)

    def _paper_or_cash(self, scene: Scene, view: PaymentView) -> None:
        if view.word in {Word.PAID, Word.PROCESSING}:
            scene.desk.papers.issue(scene.teller, view.serial)
        elif view.cash_return is CashReturn.DUE:
            scene.desk.bills.confirm_cash_returned(scene.teller, ConfirmCashReturned(view.serial))


FLOW = PaymentUnderFaults()
