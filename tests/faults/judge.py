"""The rules, each by its name: what must be true of every case, whatever was done to it.

A rule looks at all the books and says what it sees against itself. None of them knows a flow: which words mean that
money stands and which that it is gone, the flow tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from functools import cache

from faults import owed
from faults.case import Case, World
from faults.evidence import Evidence, Row
from faults.flows import FaultFlow
from faults.parts import OF_THE_WHOLE, of_payment
from faults.seen import OWED, RULES, Seen, agreed, is_payment, rule, state_of, tables
from tellerdesk.billers.catalogue import read_all
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.commands import Method
from tellerdesk.bills.consumers import CLAIMED_WHILE_UNDER_WAY
from tellerdesk.bills.views import CancelOutcome
from tellerdesk.documents.views import DocumentKind
from tellerdesk.journal.states import CashReturn, LegState, Word
from tellerdesk.sandbox.faults import AnswerWay, Processed

__all__ = ["MOST_SWEEPS", "RULES", "judge", "owed"]

MOST_SWEEPS = 5
"""Once everything is healed, nothing may wait any more after so many."""

_RECEIPTS = {DocumentKind.BILL_RECEIPT.value}
_POSTING = "POSTING"
_SAID_MORE_THAN_ONCE = {"CORE_INQUIRE", "BILLER_INQUIRE", "BILLER_TOMBSTONE"}
"""Questions, and promises that move nothing."""


def judge(flow: FaultFlow, case: Case, books: Evidence) -> list[tuple[str, str]]:
    """Every rule that is broken, with what is seen: (rule, sentence)."""
    payments = list(filter(is_payment, books.end.entries))
    if flow.several and len(payments) > 1:
        parts = [_seen(flow, case, of_payment(books, entry["serial"]), entry) for entry in payments]
        broken = _broken(_seen(flow, case, books, payments[0]), OF_THE_WHOLE)
        broken += [found for part in parts for found in _broken(part, RULES.keys() - OF_THE_WHOLE)]
    else:
        broken = _broken(_seen(flow, case, books, next(iter(payments), None)), RULES.keys())
    return broken + flow.judge(books)


def _seen(flow: FaultFlow, case: Case, books: Evidence, entry: Row | None) -> Seen:
    return Seen(flow, case, books, entry, None if entry is None else state_of(entry).word)


def _broken(seen: Seen, names: Collection[str]) -> list[tuple[str, str]]:
    holding = {name: check for name, check in RULES.items() if name in names and name not in seen.flow.otherwise}
    return [(name, sentence) for name, check in holding.items() for sentence in check(seen)]


# The money


@rule("one-entry")
def _one_entry(seen: Seen) -> Iterator[str]:
    """What else became of its money stands in entries that say which payment they are about."""
    made = [entry for entry in seen.end.entries if is_payment(entry)]
    if len(made) > 1:
        yield f"one request made {len(made)} entries"
    about = {row["serial"] for row in (*seen.end.refunds, *seen.end.late_answers)}
    for entry in seen.end.entries:
        if is_payment(entry) is (entry["serial"] in about):
            yield f"{entry['flow']} {entry['serial']} is about no payment"


@rule("intent-first")
def _intent_first(seen: Seen) -> Iterator[str]:
    """Nothing reached a counterpart under an id the journal does not know."""
    known = {leg["leg_id"] for leg in seen.end.legs}
    for effect in (*seen.books.core, *seen.books.biller, *seen.books.bookings, *seen.books.consents):
        if effect["leg_id"] not in known:
            yield f"{effect['leg_id']} was carried out, and no leg says so"


@rule("at-most-once")
def _at_most_once(seen: Seen) -> Iterator[str]:
    for kind, times in Counter(posting["kind"] for posting in seen.books.core).items():
        if times > 1:
            yield f"core has {times} bookings of kind {kind}"
    if len(seen.books.biller) > 1:
        yield f"the biller took {len(seen.books.biller)} payments"
    for leg_id, times in Counter(booking["leg_id"] for booking in seen.books.bookings).items():
        if times > 1:
            yield f"core has {times} bookings under {leg_id}"


@rule("stands-at-both")
def _stands_at_both(seen: Seen) -> Iterator[str]:
    """What the biller has agreed to refund it has had; it owes it to the bank since."""
    had_fen = seen.biller_fen + seen.agreed_fen
    if seen.word in seen.flow.stands and not seen.core_fen == had_fen == seen.amount_fen:
        yield f"{seen.word} of {seen.amount_fen}: core holds {seen.core_fen}, the biller had {had_fen}"


@rule("gone-from-both")
def _gone_from_both(seen: Seen) -> Iterator[str]:
    if (seen.word in seen.flow.gone | OWED or seen.word is None) and (seen.core_fen or seen.biller_fen):
        yield f"{seen.word or 'no entry'}: core holds {seen.core_fen}, the biller {seen.biller_fen}"


@rule("doubt-is-shown")
def _doubt_is_shown(seen: Seen) -> Iterator[str]:
    """Only where the biller's side cannot be asked does an entry stay in doubt, in a person's queue; core holds the
    money then, and the biller all of it or nothing."""
    if seen.word is not Word.PROCESSING:
        return
    if seen.case.world is not World.BLIND:
        yield f"still in doubt ({seen.entry and seen.entry['state']}), though everybody answers"
    if seen.core_fen != seen.amount_fen or seen.biller_fen not in {0, seen.amount_fen}:
        yield f"in doubt over {seen.amount_fen}: core holds {seen.core_fen}, the biller {seen.biller_fen}"


@rule("untouched")
def _untouched(seen: Seen) -> Iterator[str]:
    """Before it is approved, and where it is not, there is no message and no effect of one."""
    for name, books in (("at rest", seen.books.rest), ("at the end", seen.end)):
        for entry in books.entries:
            sent = [leg for leg in books.legs if leg["leg_id"].startswith(entry["serial"])]
            if sent and entry["state"] in tables(entry).untouched:
                yield f"{name}: untouched, and {len(sent)} messages"
    if seen.entry is not None and seen.entry["state"] in seen.flow.untouched and (seen.core_fen or seen.biller_fen):
        yield f"{seen.entry['state']}: core holds {seen.core_fen}, the biller {seen.biller_fen}"


@rule("core-balances")
def _core_balances(seen: Seen) -> Iterator[str]:
    yield from seen.books.core_flaws


@rule("references-kept")
def _references_kept(seen: Seen) -> Iterator[str]:
    """The serials and the date on the receipt are those in the counterparts' books."""
    if seen.entry is None or seen.word not in seen.flow.stands:
        return
    for posting in seen.books.core:
        if posting["kind"] == _POSTING and seen.entry["core_serial"] != posting["core_serial"]:
            yield f"core serial {seen.entry['core_serial']!r}, core has {posting['core_serial']!r}"
        if posting["accounting_date"] != seen.entry["accounting_date"]:
            yield f"accounting date {seen.entry['accounting_date']}, core has {posting['accounting_date']}"
    for payment in seen.books.biller:
        if seen.entry["counterpart_serial"] != payment["biller_serial"]:
            yield f"biller serial {seen.entry['counterpart_serial']!r}, it has {payment['biller_serial']!r}"
        if payment["accounting_date"] != seen.entry["accounting_date"]:
            yield f"accounting date {seen.entry['accounting_date']}, the biller has {payment['accounting_date']}"


# The messages


@rule("sent-once")
def _sent_once(seen: Seen) -> Iterator[str]:
    """What may have been carried out is asked about, never sent again; what certainly did not leave may be."""
    for action in seen.flow.once:
        faults = (*([seen.case.fault] if seen.case.fault else []), *seen.flow.courses[seen.case.course].faults)
        unsent = any(
            fault.action == action and (fault.processed, fault.answer) == (Processed.NO, AnswerWay.STATUS_4XX)
            for fault in faults
        )
        times = seen.books.seen.get(action, 0)
        if times > (2 if unsent else 1) * max(1, len(list(filter(is_payment, seen.end.entries)))):
            yield f"{action} was sent {times} times"


@rule("same-id-until-answered")
def _same_id(seen: Seen) -> Iterator[str]:
    """A new id only after a definite answer to the one before."""
    for entry in seen.end.entries:
        for kind in (kind for kind in tables(entry).legs.values() if kind.moves_money):
            for leg in seen.legs(kind.name, entry["serial"])[:-1]:
                if leg["state"] not in {LegState.OK, LegState.REJECTED}:
                    yield f"{kind.name} has a new id after {leg['leg_id']} was {leg['state']}"


@rule("posted-once")
def _posted_once(seen: Seen) -> Iterator[str]:
    for entry in seen.end.entries:
        for kind in set(tables(entry).legs) - _SAID_MORE_THAN_ONCE:
            fine = [leg for leg in seen.legs(kind, entry["serial"]) if leg["state"] == LegState.OK]
            if len(fine) > 1:
                yield f"{len(fine)} legs of kind {kind} are OK"


# The branch's own books


@rule("table-only")
def _table_only(seen: Seen) -> Iterator[str]:
    """The entry went from state to state by rows of the table, and by nothing else."""
    for entry in seen.end.entries:
        rows = {(row.row, row.state, row.event, row.next) for row in tables(entry).table}
        before = None
        for step in seen.end.steps:
            if step["row"] == "note" or step["serial"] != entry["serial"]:
                continue
            if (step["row"], step["from_state"], step["event"], step["to_state"]) not in rows:
                yield f"no row of the table: {step['row']} {step['from_state']} -{step['event']}-> {step['to_state']}"
            if before is not None and before != step["from_state"]:
                yield f"from {before} to {step['from_state']} without a step"
            before = step["to_state"]
        if before != entry["state"]:
            yield f"the last step leads to {before}, the entry is in {entry['state']}"


@rule("comes-to-rest")
def _comes_to_rest(seen: Seen) -> Iterator[str]:
    """What waits for people is at rest."""
    for entry in (*seen.books.rest.entries, *seen.books.end.entries):
        if entry["due_ms"] is not None and not state_of(entry).rests:
            yield f"something waits after {seen.books.sweeps} sweeps"


@rule("rest-is-rest")
def _rest_is_rest(seen: Seen) -> Iterator[str]:
    """What arrives late, and a sweep after it, change nothing more."""
    before = [(entry["serial"], entry["state"], entry["version"]) for entry in seen.books.rest.entries]
    after = [(entry["serial"], entry["state"], entry["version"]) for entry in seen.books.late.entries]
    if before != after:
        yield f"{before} became {after}"


@rule("cash")
def _cash(seen: Seen) -> Iterator[str]:
    """In with the posting's intent, once; out when a transaction that is gone has had its cash returned, or money that
    was owed was paid out by hand, once. Where an account was debited, or nothing was begun, no cash moves and none is
    due."""
    for name, books in (("at rest", seen.books.rest), ("at the end", seen.end)):
        moved = Counter((row["serial"], row["kind"], row["amount_fen"]) for row in books.cash)
        wanted: Counter[tuple[str, str, int]] = Counter()
        for entry in books.entries:
            if entry["cash_return"] == CashReturn.RETURNED:
                wanted[(entry["serial"], "CASH_OUT", entry["amount_fen"])] = 1
            if not is_payment(entry):
                continue
            if entry["method"] != Method.CASH or entry["state"] in tables(entry).untouched:
                if entry["cash_return"] != CashReturn.NONE:
                    yield f"{name}: {entry['method']} {entry['state']} with cash {entry['cash_return']}"
                continue
            wanted[(entry["serial"], "CASH_IN", entry["amount_fen"])] = 1
            gone = state_of(entry).word in seen.flow.gone
            if gone is (entry["cash_return"] == CashReturn.NONE):
                yield f"{name}: {entry['state']} with cash {entry['cash_return']}"
        if moved != wanted:
            yield f"{name}: the till has {dict(moved)}, it should have {dict(wanted)}"
    for entry in seen.end.entries:
        if entry["cash_return"] in {CashReturn.DUE, CashReturn.SUSPENDING}:
            yield "the cash was never handed back"


@cache
def _amount_rules() -> dict[str, AmountRule]:
    return {code: biller.amount.rule for code, biller in read_all().items()}


@rule("claims")
def _claims(seen: Seen) -> Iterator[str]:
    """A bill is spoken for exactly while its payment stands or may stand; a consumer as such, where any part or amount
    may be paid, while the payment is in doubt."""
    rules = _amount_rules()
    for name, books in (("at rest", seen.books.rest), ("at the end", seen.end)):
        for entry in filter(is_payment, books.entries):
            word = state_of(entry).word
            passing = rules[entry["counterpart"]] in CLAIMED_WHILE_UNDER_WAY
            free = word in (seen.flow.gone | OWED | seen.flow.stands if passing else seen.flow.gone | OWED)
            free = free or agreed(books, entry["serial"])
            if free is any(claim["serial"] == entry["serial"] for claim in books.claims):
                yield f"{name}: {entry['state']} and {len(books.claims)} months spoken for"
        if not books.entries and books.claims:
            yield f"{name}: {len(books.claims)} months spoken for by nobody"


@rule("audit-whole")
def _audit_whole(seen: Seen) -> Iterator[str]:
    if seen.books.audit:
        yield seen.books.audit


# The paper


@rule("receipt-only-if-paid")
def _receipt(seen: Seen) -> Iterator[str]:
    """One that was handed back when its payment was cancelled or refunded is void."""
    void = {tried["original_no"] for tried in seen.end.cancellations if tried["outcome"] == CancelOutcome.CANCELLED}
    undone = seen.entry is not None and agreed(seen.end, seen.entry["serial"])
    void |= {row["original_no"] for row in seen.end.refunds if undone}
    receipts = [paper for paper in seen.end.documents if paper["kind"] in _RECEIPTS and paper["number"] not in void]
    issued = [paper for paper in receipts if paper["state"] == "ISSUED"]
    if receipts and seen.word not in seen.flow.stands:
        yield f"{receipts[0]['number']} is a receipt for {seen.word}"
    if seen.word in seen.flow.stands and len(issued) != (0 if undone else 1):
        yield f"{len(issued)} receipts for a transaction that stands"


@rule("paper-as-noted")
def _paper(seen: Seen) -> Iterator[str]:
    """Number, file and hash belong together; no file without a number."""
    names = {paper["file_name"] for paper in seen.end.documents}
    for paper in seen.end.documents:
        found = seen.end.files.get(paper["file_name"])
        if paper["state"] == "ISSUED" and found != paper["sha256"]:
            yield f"{paper['number']} was issued, and its file is {'another' if found else 'missing'}"
    for name in seen.end.files.keys() - names:
        yield f"{name} lies there without a number"
