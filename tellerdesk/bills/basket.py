"""Several bills of one customer: counted once, taken one after the other, each with its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import basket_book, basket_shown, large_cash
from tellerdesk.bills.accounts import consent
from tellerdesk.bills.basket_book import PartOf
from tellerdesk.bills.basket_commands import MOST_BILLS, BasketBill, GoOnWithBasket, HandOver, PayBasket
from tellerdesk.bills.basket_views import BasketLineView, BasketView
from tellerdesk.bills.commands import Identity, Method, PayBill
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.lookup import short_of
from tellerdesk.bills.payment import Payments
from tellerdesk.bills.quotes import Quotes
from tellerdesk.bills.trouble import NOT_STARTED
from tellerdesk.clock import Clock
from tellerdesk.errors import BadInput, Conflict, NotAllowed, Refused, StoreUnavailable, TellerDeskError
from tellerdesk.i18n import Message
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Runner, Watch, payload_hash
from tellerdesk.journal.states import Word
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.money import MAX_FEN, format_fen
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store, UnitOfWork
from tellerdesk.store.vault import Vault
from tellerdesk.till.drawer import Drawer

WatchBasket = Callable[[int, tuple[Word | None, ...], str, str, float], None]
"""Told before a leg is sent: the bill's place, what became of those before it, and what `Watch` is told."""

Row = dict[str, Any]
Refusals = dict[str, Message]
"""Why a bill was not begun, by its request id."""


class Baskets:
    """The use cases around a basket. Every one of them may be repeated.

    A basket adds nothing to a payment: each bill is an entry of its own with its own request, claim, legs and recovery,
    tendered exactly its amount. What it adds is that limits look at the sum, that a bill which fails stops no other,
    and that the customer is given one figure at the end, once.
    """

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        clock: Clock,
        audit: AuditTrail,
        runner: Runner,
        drawer: Drawer,
        quotes: Quotes,
        consumers: Consumers,
        billers: Mapping[str, Biller],
        payments: Payments,
        identity_from_fen: Callable[[Connection], int],
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._audit = audit
        self._runner = runner
        self._drawer = drawer
        self._quotes = quotes
        self._consumers = consumers
        self._billers = billers
        self._payments = payments
        self._identity_from_fen = identity_from_fen

    def pay(self, who: SignedOn, command: PayBasket, watch: WatchBasket | None = None) -> BasketView:
        """Begins the bills one after the other and carries each as far as it goes while the teller waits. One that is
        refused, fails or stays in doubt stops no other; only a store that does not answer stops those behind it, which
        are then not begun. A repeated basket id begins what was not begun.

        Raises BadInput, Refused, Conflict before anything moved; StoreUnavailable where nothing was begun, or where
        what became of it cannot be read.
        """
        part = self._part(who, command)
        _check_persons(command)
        with self._store.read() as session:
            connection = session.connection()
            kept = basket_book.by_id(connection, command.basket_id)
            if kept is None:
                self._guard(connection, who, command)
            else:
                basket_book.check_contents(kept, part.basket["payload_hash"])
        return self._begun(who, command, part, watch)

    def go_on(self, who: SignedOn, command: GoOnWithBasket, watch: WatchBasket | None = None) -> BasketView:
        """Begins what of a basket was not begun, by its own teller at its own till. Nothing does so by itself.

        Raises BadInput, Refused (no such basket, handed over, large cash without identity; from an account: a debit
        without the customer's consent, or from another account than those before), NotAllowed, and what `pay` raises.
        """
        with self._store.read() as session:
            connection = session.connection()
            basket = _known(basket_book.by_id(connection, command.basket_id))
            _check_till(who, basket)
            if basket["teller_no"] != who.staff_no:
                raise NotAllowed("error.basket.other_teller", teller=basket["teller_no"])
            if basket["state"] != basket_book.OPEN:
                raise Refused("error.basket.ended")
            found = self._lines(connection, basket)
            left = [row for row, entry in found if entry is None]
            if basket["method"] == Method.ACCOUNT:
                self._check_consents(connection, command, left, [entry for _, entry in found if entry is not None])
            elif left:
                self._check_cash(connection, who, basket["total_fen"], command.identity)
        bills = tuple(
            BasketBill(
                row["request_id"],
                row["quote_id"],
                row["amount_fen"],
                bool(row["knows_paid_before"]) or command.knows_paid_before,
                command.accounts.get(row["request_id"]),
            )
            for row in left
        )
        rest = PayBasket(
            command.basket_id, bills, basket["tendered_fen"], Method(basket["method"]), identity=command.identity
        )
        _check_persons(rest)
        return self._begun(who, rest, PartOf(basket, tuple(row for row, _ in found)), watch)

    def basket(self, who: SignedOn, basket_id: str) -> BasketView:
        """A basket of the person's branch as it stands. Raises Refused where there is none, NotAllowed."""
        with self._store.read() as session:
            connection = session.connection()
            basket = _known(basket_book.by_id(connection, basket_id))
            if basket["branch_no"] != who.branch_no:
                raise NotAllowed("error.payment.other_branch", branch=basket["branch_no"])
            return self._view(connection, basket, {})

    def left_open(self, who: SignedOn) -> tuple[BasketView, ...]:
        """The person's baskets in the branch that were not handed over, whenever and at whichever till they were
        begun, the newest first: those the person answers for when signing off."""
        with self._store.read() as session:
            connection = session.connection()
            found = basket_book.open_of(connection, who.branch_no, who.staff_no)
            return tuple(self._view(connection, basket, {}) for basket in found)

    def hand_over(self, who: SignedOn, command: HandOver) -> BasketView:
        """Books that the customer was given what is due at the end: the cash of every payment that did not stand goes
        out of the till in one unit of work, once. From then on nothing of the basket is begun; a payment still in doubt
        goes its own way. A repeated call changes nothing.

        At another till its own teller ends one of which no cash has to go out of a till.

        Raises Refused (a bill waits for its approval; the figure is another by now; the till holds too little),
        NotAllowed (another till), Conflict where a worker holds a payment at this moment.
        """
        with self._store.write("basket.handed_over") as unit:
            connection = unit.connection
            basket = _known(basket_book.by_id(connection, command.basket_id))
            if basket["branch_no"] != who.branch_no or basket["teller_no"] != who.staff_no:
                _check_till(who, basket)
            told = {"handed_fen": command.amount_fen, "ended_at": self._clock.now(), "ended_by": who.staff_no}
            # The basket is taken before its entries: a bill that is being begun at this moment holds it too.
            if basket_book.end(connection, command.basket_id, told):
                found = self._lines(connection, basket)
                cash = basket_shown.cash(basket, found)
                if cash.due_fen:
                    _check_till(who, basket)
                if cash.waiting_fen or any(_waits(entry) for _, entry in found):
                    raise Refused("error.basket.waiting")
                if cash.to_hand_over_fen != command.amount_fen:
                    raise Refused("error.basket.changed", amount=format_fen(cash.to_hand_over_fen))
                self._pay_back(unit, who, found)
                self._audit.write(
                    unit.session,
                    who.staff_no,
                    "basket.handed_over",
                    command.basket_id,
                    {"amount_fen": command.amount_fen, "returned_fen": cash.due_fen, "bills": len(found)},
                )
                unit.commit()
        return self.basket(who, command.basket_id)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _begun(self, who: SignedOn, command: PayBasket, part: PartOf, watch: WatchBasket | None) -> BasketView:
        refusals: Refusals = {}
        lost: StoreUnavailable | None = None
        done: list[Word | None] = [None] * len(part.lines)
        for bill in command.bills:
            place = next(line["place"] for line in part.lines if line["request_id"] == bill.request_id)
            try:
                serial = self._payments.take(who, _payment(command, bill), _watching(watch, place, done), part)
                if watch is not None:
                    done[place] = self._payments.payment(serial).word
            except StoreUnavailable as error:
                lost = error
                if error.message_id.startswith(NOT_STARTED):
                    refusals[bill.request_id] = Message(error.message_id, error.args_by_name)
                break  # what could not be written or read for this one could not be for the next
            except IntegrityError as error:  # one of its requests stands in another basket
                raise Conflict("error.basket.other_contents") from error
            except TellerDeskError as error:
                refusals[bill.request_id] = Message(error.message_id, error.args_by_name)
        return self._told(part, refusals, lost)

    def _told(self, part: PartOf, refusals: Refusals, lost: StoreUnavailable | None) -> BasketView:
        try:
            with self._store.read() as session:
                connection = session.connection()
                kept = basket_book.by_id(connection, part.basket_id)
                if kept is not None:
                    return self._view(connection, kept, refusals)
                if lost is None:
                    return self._view(connection, dict(part.basket), refusals, part.lines)
        except StoreUnavailable as error:
            raise StoreUnavailable("error.basket.not_read") from (lost or error)
        raise lost

    def _part(self, who: SignedOn, command: PayBasket) -> PartOf:
        """The rows of this basket. Raises BadInput, Refused where it cannot be one."""
        bills = command.bills
        total_fen = sum(bill.amount_fen for bill in bills)
        if not bills:
            raise Refused("error.basket.empty")
        if len(bills) > MOST_BILLS:
            raise Refused("error.basket.too_many", most=MOST_BILLS)
        if any(bill.amount_fen < 1 for bill in bills) or total_fen > MAX_FEN:
            raise BadInput("error.amount.too_large", field="amount", most=format_fen(MAX_FEN))
        basket = {
            "basket_id": command.basket_id,
            "branch_no": who.branch_no,
            "till_no": who.till_no,
            "teller_no": who.staff_no,
            "method": command.method.value,
            "total_fen": total_fen,
            "tendered_fen": command.tendered_fen,
            "made_at": self._clock.now(),
        }
        lines = tuple(
            {
                "request_id": bill.request_id,
                "basket_id": command.basket_id,
                "place": place,
                "quote_id": bill.quote_id,
                "amount_fen": bill.amount_fen,
                "knows_paid_before": int(bill.knows_paid_before),
            }
            for place, bill in enumerate(bills)
        )
        asked: dict[str, Any] = {name: value for name, value in basket.items() if name != "made_at"}
        asked["bills"] = [[bill.request_id, bill.quote_id, bill.amount_fen] for bill in bills]
        if command.method is Method.ACCOUNT:
            asked["accounts"] = self._vault.blind(_accounts(bills), column="bills_basket.payload_hash").hex()
        return PartOf(basket | {"payload_hash": payload_hash(canonical_json(asked))}, lines)

    def _guard(self, connection: Connection, who: SignedOn, command: PayBasket) -> None:
        """What makes the whole a mistake; what is wrong with one bill is found when it is begun."""
        total_fen = sum(bill.amount_fen for bill in command.bills)
        if len({bill.request_id for bill in command.bills}) < len(command.bills):
            raise Conflict("error.basket.other_contents")
        if command.method is Method.CASH:
            if (short := short_of(total_fen, command.tendered_fen)) is not None:
                raise short
            self._check_cash(connection, who, total_fen, command.identity)
        elif command.tendered_fen:
            raise Refused("error.payment.cash_with_account")
        elif len({bill.account.account_no for bill in command.bills if bill.account}) != 1:
            raise Refused("error.basket.one_account")
        taken: set[str] = set()
        for bill in command.bills:
            if entries.by_request(connection, bill.request_id) is not None:
                raise Conflict("error.basket.other_contents")
            kept = self._quotes.get(connection, bill.quote_id)
            claims = set(self._consumers.claim_keys(self._billers[kept.biller_code], kept))
            if not taken.isdisjoint(claims):
                raise Refused("error.basket.twice", biller=kept.biller_code)
            taken |= claims

    def _check_cash(self, connection: Connection, who: SignedOn, total_fen: int, identity: Identity | None) -> None:
        self._drawer.open_session(connection, who.branch_no, who.till_no, who.staff_no)
        least_fen = self._identity_from_fen(connection)
        if total_fen >= least_fen and identity is None:
            raise Refused("error.payment.identity_needed", least=format_fen(least_fen))

    def _check_consents(
        self, connection: Connection, command: GoOnWithBasket, left: Sequence[Row], begun: Sequence[Row]
    ) -> None:
        """The customer agrees to each debit that is left, and to no other account than before."""
        given = [command.accounts.get(row["request_id"]) for row in left]
        if None in given:
            raise Refused("error.basket.account_anew")
        before = {self._payments.debited(connection, entry) for entry in begun}
        if any(each.account_no not in before for each in map(consent, given)):
            raise Refused("error.basket.other_account")

    def _lines(self, connection: Connection, basket: Row) -> list[tuple[Row, Row | None]]:
        """Each bill with its entry; None where it was not begun."""
        rows = basket_book.lines(connection, basket["basket_id"])
        return [(row, entries.by_request(connection, row["request_id"])) for row in rows]

    def _pay_back(self, unit: UnitOfWork, who: SignedOn, found: Sequence[tuple[Row, Row | None]]) -> None:
        due = [entry for _, entry in found if entry is not None and basket_shown.is_due(entry)]
        if not due:
            return
        till = self._drawer.open_session(unit.connection, who.branch_no, who.till_no, who.staff_no)
        for entry in due:
            self._runner.fire_in(unit, entry["serial"], "cash_returned", by=who.staff_no, given={"till_session": till})

    def _view(
        self, connection: Connection, basket: Row, refusals: Refusals, unkept: Sequence[Mapping[str, Any]] = ()
    ) -> BasketView:
        """`unkept` are the bills of a basket of which nothing was begun."""
        found = [(dict(row), None) for row in unkept] or self._lines(connection, basket)
        return basket_shown.view(
            basket, found, tuple(self._line(connection, row, entry, refusals) for row, entry in found), kept=not unkept
        )

    def _line(self, connection: Connection, row: Row, entry: Row | None, refusals: Refusals) -> BasketLineView:
        bill = self._quotes.get(connection, row["quote_id"])
        payment = None if entry is None else self._payments.view(connection, entry)
        return basket_shown.line(self._billers[bill.biller_code], bill, row, payment, refusals.get(row["request_id"]))


def _known(basket: Row | None) -> Row:
    if basket is None:
        raise Refused("error.basket.unknown")
    return basket


def _check_till(who: SignedOn, basket: Row) -> None:
    """Raises NotAllowed where the basket lies at another till than the person's own."""
    if (basket["branch_no"], basket["till_no"]) != (who.branch_no, who.till_no):
        raise NotAllowed("error.basket.other_till", till=basket["till_no"])


def _check_persons(command: PayBasket) -> None:
    """Raises BadInput, Refused where account or persons are not what they should be: that is no one bill's matter."""
    if command.identity is not None:
        large_cash.checked(command.identity)
    for bill in command.bills if command.method is Method.ACCOUNT else ():
        consent(bill.account)


def _waits(entry: Row | None) -> bool:
    return entry is not None and basket_shown.word_of(entry) is Word.AWAITING


def _payment(command: PayBasket, bill: BasketBill) -> PayBill:
    """One bill as a payment of its own: tendered exactly what it costs."""
    return PayBill(
        request_id=bill.request_id,
        quote_id=bill.quote_id,
        amount_fen=bill.amount_fen,
        tendered_fen=bill.amount_fen if command.method is Method.CASH else 0,
        method=command.method,
        account=bill.account,
        knows_paid_before=bill.knows_paid_before,
        identity=command.identity,
        reason=command.reason,
    )


def _accounts(bills: Sequence[BasketBill]) -> str:
    """Accounts and vouchers of all bills; a PIN block is another one each time, and no content."""
    return " ".join(
        "" if bill.account is None else f"{bill.account.account_no} {bill.account.voucher_no}" for bill in bills
    )


def _watching(watch: WatchBasket | None, place: int, done: list[Word | None]) -> Watch | None:
    if watch is None:
        return None

    def tell(state: str, counterpart: str, deadline_s: float) -> None:
        watch(place, tuple(done), state, counterpart, deadline_s)

    return tell
