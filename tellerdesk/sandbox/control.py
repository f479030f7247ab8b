"""The control port: what a trainer, a demonstration or a test may do to the counterparts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from tellerdesk.sandbox import biller_life, books
from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.config import CORE
from tellerdesk.sandbox.core_ledger import CoreLedger
from tellerdesk.sandbox.fault_front import FaultFront
from tellerdesk.sandbox.faults import FAULTS, AnswerWay, Processed
from tellerdesk.sandbox.ledger import Ledger
from tellerdesk.sandbox.pin_pad import Customer, Customers
from tellerdesk.sandbox.profiles import CAPABILITIES
from tellerdesk.sandbox.rules import Rule


class NewFault(BaseModel):
    """Either `name` (one of FAULTS) or `action`, `processed` and `answer`. `counterpart` says whose messages; without
    it they are the first one's that knows the action: core's, or the electricity company's."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    counterpart: str = ""
    action: str = ""
    processed: Processed = Processed.YES
    answer: AnswerWay = AnswerWay.VALID
    times: Annotated[int, Field(ge=1)] | None = None
    request_id: str = ""
    late_s: Annotated[float, Field(ge=0)] | None = None


class Day(BaseModel):
    model_config = ConfigDict(extra="forbid")

    to: date | None = None
    billers: bool = False


class Service(BaseModel):
    model_config = ConfigDict(extra="forbid")

    open: bool


class Invoiced(BaseModel):
    model_config = ConfigDict(extra="forbid")

    leg_id: str


class Used(BaseModel):
    model_config = ConfigDict(extra="forbid")

    consumer_no: str
    amount_fen: int


class AtThePad(BaseModel):
    model_config = ConfigDict(extra="forbid")

    next: list[Customer]


class Switchboard:
    """What the control port acts on."""

    def __init__(
        self,
        folder: Path,
        core: CoreLedger,
        billers: Mapping[str, BillerLedger],
        fronts: Mapping[str, FaultFront],
        customers: Customers,
    ) -> None:
        self.folder = folder
        self.core = core
        self.billers = billers
        self.fronts = fronts
        self.customers = customers
        self._numbers = 0

    def ledger(self, counterpart: str) -> Ledger:
        ledgers: dict[str, Ledger] = {CORE: self.core, **self.billers}
        if counterpart not in ledgers:
            raise HTTPException(404, f"no counterpart {counterpart}")
        return ledgers[counterpart]

    def biller(self, counterpart: str) -> BillerLedger:
        if counterpart not in self.billers:
            raise HTTPException(404, f"no biller {counterpart}")
        return self.billers[counterpart]

    def front(self, counterpart: str) -> FaultFront:
        self.ledger(counterpart)
        return self.fronts[counterpart]

    def front_of(self, action: str, counterpart: str) -> FaultFront:
        """Raises HTTPException where the counterpart, or any, does not know the endpoint; a method and a path fit
        every counterpart that is named."""
        asked = [self.front(counterpart)] if counterpart else list(self.fronts.values())
        for front in asked:
            if action in front.actions.names or (counterpart and (not action or " " in action)):
                return front
        raise HTTPException(422, f"no counterpart for {action!r}")

    async def add(self, wanted: NewFault) -> dict[str, Any]:
        action, processed, answer, counterpart = wanted.action, wanted.processed, wanted.answer, wanted.counterpart
        if wanted.name:
            if wanted.name not in FAULTS:
                raise HTTPException(404, f"no fault {wanted.name}")
            fault = FAULTS[wanted.name]
            action, processed, answer = fault.action, fault.processed, fault.answer
        if answer is AnswerWay.REFUSED:
            front = self.front(counterpart or action)
            await front.refuse()
            return {"rule": 0, "counterpart": front.name, "answer": answer.value}
        front = self.front_of(action, counterpart)
        self._numbers += 1
        rule = Rule(self._numbers, action, processed, answer, wanted.times, wanted.request_id, wanted.late_s)
        front.rules.rules.append(rule)
        return {"counterpart": front.name, **rule.told()}

    async def clear(self, number: int | None) -> int:
        """All faults off, refused connections and customers at the pad included; or one rule."""
        if number is None:
            self.customers.forget()
            for front in self.fronts.values():
                await front.open()
        return sum(front.rules.clear(number) for front in self.fronts.values())

    def state(self) -> dict[str, Any]:
        return {
            "accounting_date": self.core.accounting_date.isoformat(),
            "counterparts": {
                name: {"port": front.port, "up": front.is_up, "open": self._is_open(name)}
                for name, front in self.fronts.items()
            },
            "capabilities": {
                name: {capability: ledger.can(capability) for capability in CAPABILITIES}
                for name, ledger in self.billers.items()
            },
            "pinpad": self.customers.announced,
        }

    def counted(self, which: str, counterpart: str) -> dict[str, int]:
        """Requests "seen" or "delivered" by action: one counterpart's, or everybody's together."""
        fronts = [self.front(counterpart)] if counterpart else self.fronts.values()
        total: Counter[str] = Counter()
        for front in fronts:
            total.update(front.rules.seen if which == "seen" else front.rules.delivered)
        return dict(total)

    def _is_open(self, counterpart: str) -> bool:
        return self.ledger(counterpart).setting("open", "yes") == "yes"


def control_app(board: Switchboard) -> FastAPI:
    """The application behind the control port."""
    app = FastAPI(title="Sandbox control", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/state")
    async def state() -> dict[str, Any]:
        return board.state()

    @app.get("/faults")
    async def faults() -> list[dict[str, Any]]:
        return [
            {"counterpart": front.name, **rule.told()} for front in board.fronts.values() for rule in front.rules.rules
        ]

    @app.post("/faults")
    async def add_fault(wanted: NewFault) -> dict[str, Any]:
        return await board.add(wanted)

    @app.delete("/faults")
    async def clear_faults() -> dict[str, int]:
        return {"cleared": await board.clear(None)}

    @app.delete("/faults/{number}")
    async def clear_fault(number: int) -> dict[str, int]:
        return {"cleared": await board.clear(number)}

    @app.post("/late")
    async def deliver_late() -> dict[str, int]:
        return {"delivered": sum([await front.deliver_late() for front in board.fronts.values()])}

    @app.get("/counters")
    async def counters(counterpart: str = "") -> dict[str, Any]:
        return {which: board.counted(which, counterpart) for which in ("seen", "delivered")}

    @app.post("/roll-day")
    async def roll_day(day: Day) -> dict[str, str]:
        try:
            rolled = board.core.roll_day(day.to)
        except ValueError:
            raise HTTPException(409, "the accounting date only moves forward") from None
        for biller in board.billers.values() if day.billers else ():
            biller_life.cut_off(biller)
        return {"accounting_date": rolled.isoformat()}

    @app.post("/counterparts/{counterpart}/service")
    async def service(counterpart: str, wanted: Service) -> dict[str, Any]:
        board.ledger(counterpart).set("open", "yes" if wanted.open else "no")
        return board.state()

    @app.post("/counterparts/{counterpart}/down")
    async def down(counterpart: str) -> dict[str, Any]:
        await board.front(counterpart).refuse()
        return board.state()

    @app.post("/counterparts/{counterpart}/up")
    async def up(counterpart: str) -> dict[str, Any]:
        await board.front(counterpart).open()
        return board.state()

    @app.post("/counterparts/{counterpart}/capabilities")
    async def capabilities(counterpart: str, wanted: dict[str, bool]) -> dict[str, Any]:
        if counterpart not in board.billers or not wanted.keys() <= set(CAPABILITIES):
            raise HTTPException(422, "no such capability")
        for name, has in wanted.items():
            board.billers[counterpart].set(name, "yes" if has else "no")
        return board.state()

    @app.post("/counterparts/{counterpart}/cut-off")
    async def cut_off(counterpart: str) -> dict[str, Any]:
        biller_life.cut_off(board.biller(counterpart))
        return board.state()

    @app.post("/counterparts/{counterpart}/file")
    async def file(counterpart: str) -> dict[str, Any]:
        biller_life.put_into_file(board.biller(counterpart))
        return board.state()

    @app.post("/counterparts/{counterpart}/invoices")
    async def invoice(counterpart: str, wanted: Invoiced) -> dict[str, str]:
        try:
            return {"invoice_no": biller_life.issue_invoice(board.biller(counterpart), wanted.leg_id)}
        except ValueError:
            raise HTTPException(409, "nothing was paid under this leg id") from None

    @app.post("/counterparts/{counterpart}/uses")
    async def use(counterpart: str, wanted: Used) -> dict[str, int]:
        try:
            return {
                "left_fen": biller_life.use_balance(board.biller(counterpart), wanted.consumer_no, wanted.amount_fen)
            }
        except ValueError:
            raise HTTPException(409, "the balance is not so much") from None

    @app.post("/pinpad")
    async def pinpad(wanted: AtThePad) -> dict[str, Any]:
        board.customers.announce(wanted.next)
        return board.state()

    @app.get("/books")
    async def show_books() -> dict[str, Any]:
        return {
            "core_by_kind": books.core_balances_by_kind(board.folder),
            "core_flaws": books.core_flaws(board.folder),
            "core_by_serial": {serial: effect.net_fen for serial, effect in books.core_effects(board.folder).items()},
            "biller_payments": [
                {"counterpart": name, **asdict(payment)}
                for name in board.billers
                for payment in books.biller_payments(board.folder, name)
            ],
            "biller_refunds": [
                {"counterpart": name, **asdict(refund)}
                for name in board.billers
                for refund in books.biller_refunds(board.folder, name)
            ],
            "core_bookings": [asdict(booking) for booking in books.core_bookings(board.folder)],
        }

    return app
