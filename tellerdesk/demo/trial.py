"""A biller's file tried out: its counterpart is played from the file, and one bill of it is paid by the real desk."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tellerdesk import config, setup
from tellerdesk.billers.catalogue import Biller, read
from tellerdesk.bills.commands import LookUp, PayBill
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.clock import branch_time
from tellerdesk.demo.plan import BRANCH_NO, PEOPLE, TILL_NO, people
from tellerdesk.desk import Desk, new_request_id
from tellerdesk.i18n import Words
from tellerdesk.journal.states import Word
from tellerdesk.money import format_fen
from tellerdesk.sandbox.config import BILLERS, CORE
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.serials import spoken
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.views import SignedOn
from tellerdesk.store import keys
from tellerdesk.till.commands import OpenTill

Say = Callable[[str], None]

OWN = {code: name for name, code in BILLERS.items()}
"""The sandbox's own billers by their codes. Any other one is its guest."""

_NOTE_FEN = 10_000
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Trial:
    """What to try: `path` is the file, `consumer_no` empty for its example, `amount_fen` 0 for what is owed, or the
    least that may be paid where nothing is."""

    path: Path
    consumer_no: str = ""
    amount_fen: int = 0

    def run(self, folder: Path, words: Words, say: Say) -> bool:
        """Makes a workstation and its counterparts in the empty `folder`, looks the bill up, pays it in cash and tells
        what the teller would see. True where it was paid.

        Raises BadSetup for a wrong file and where the sandbox does not start, and what look-up and payment raise.
        """
        biller = read(self.path)
        _set_up(folder, self.path, biller)
        with _counterparts(folder, biller) as sandbox:
            setup.write_settings(folder, _plan(biller, sandbox.urls[CORE], sandbox.urls[_name(biller)]))
            settings = config.load(folder).model_copy(update={"catalogue": str(folder / "catalogue")})
            desk = Desk(settings)
            try:
                return self._pay(desk, biller, words, say)
            finally:
                desk.close()

    def _pay(self, desk: Desk, biller: Biller, words: Words, say: Say) -> bool:
        who = _sign_on(desk)
        fields = {more.key: more.example for more in biller.fields if more.required}
        number = self.consumer_no or biller.consumer.example
        bill = desk.bills.look_up(who, LookUp(biller.code, number, fields))
        _tell_bill(bill, words, say)
        amount_fen = self.amount_fen or bill.total_fen or biller.amount.min_fen
        tendered_fen = -(-amount_fen // _NOTE_FEN) * _NOTE_FEN
        say(words("door.billers.pays", amount=format_fen(amount_fen), tendered=format_fen(tendered_fen)))
        payment = desk.bills.pay(who, PayBill(new_request_id(), bill.quote_id, amount_fen, tendered_fen))
        _tell_payment(payment, words, say)
        return payment.word is Word.PAID


def _set_up(folder: Path, path: Path, biller: Biller) -> None:
    setup.init(folder, _plan(biller, _NOWHERE, _NOWHERE))
    (folder / "catalogue").mkdir()
    shutil.copyfile(path, folder / "catalogue" / f"{biller.code}.toml")
    setup.add_staff(folder, people()[0], by="SETUP")


def _counterparts(folder: Path, biller: Biller) -> SandboxProcess:
    ring = keys.load(folder / "keys.json")
    shared = {CORE: ring.link(CORE), _name(biller): ring.link(biller.code)}
    guests = {biller.code: folder / "catalogue" / f"{biller.code}.toml"}
    more: dict[str, Any] = {} if biller.code in OWN else {"guests": guests}
    return SandboxProcess(folder / "sandbox", shared, **more)


def _name(biller: Biller) -> str:
    """What its counterpart is called in the sandbox."""
    return OWN.get(biller.code, biller.code)


def _plan(biller: Biller, core_url: str, biller_url: str) -> setup.Plan:
    return setup.Plan(
        bank_zh="示例银行",
        bank_en="Sample Bank",
        branch_no=BRANCH_NO,
        branch_zh="试办网点",
        branch_en="Trial Branch",
        till_no=TILL_NO,
        core_url=core_url,
        biller_urls={biller.code: biller_url},
        training=True,
    )


def _sign_on(desk: Desk) -> SignedOn:
    who = desk.sign_on(SignOn(PEOPLE[0].staff_no, PEOPLE[0].password))
    desk.till.open(who, OpenTill(500_000, secrets.token_hex(8)))
    return who


# What the teller would see


def _tell_bill(bill: BillView, words: Words, say: Say) -> None:
    language = words.language
    say(f"{bill.biller.code}  {bill.biller.name.said(language)}")
    consumer = f"{bill.biller.consumer_label.said(language)} {bill.consumer_no}"
    say("  " + "  ".join(part for part in (consumer, bill.customer_name, bill.address) if part))
    for line in bill.lines:
        say(f"  {line.period}  {line.item.said(language)}  {format_fen(line.amount_fen)}")
    if bill.late_fee_fen:
        say(words("door.billers.late_fee", amount=format_fen(bill.late_fee_fen)))
    say(words("door.billers.owed", amount=format_fen(bill.total_fen)))
    if bill.balance_fen is not None:
        say(words("door.billers.balance", amount=format_fen(bill.balance_fen)))
    for fact in bill.facts:
        say(f"  {fact.label}  {fact.value}")


def _tell_payment(payment: PaymentView, words: Words, say: Say) -> None:
    for leg in payment.legs:
        say(
            f"  {branch_time(leg.sent_at):%H:%M:%S}  {words('leg.' + leg.kind.lower())}"
            f"  {words('leg_state.' + leg.state.value.lower())}  {leg.counterpart_serial or leg.message or leg.code}"
        )
    say(f"  {spoken(payment.serial)}  {words('word.' + payment.word.value.lower())}")
    say("  " + words.message(payment.advice))
