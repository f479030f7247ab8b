"""Defects of the kind that loses or doubles money, sown on purpose: each as a small edit of the source.

A suite that does not notice one of them is not worth its green light.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SETS: dict[str, tuple[str, ...]] = {
    "table": (
        "tests/bills/test_payment_flow.py",
        "tests/bills/test_payment_at_core.py",
        "tests/bills/test_payment_once.py",
    ),
    "rules": ("tests/bills/test_amount_rules.py",),
    "accounts": ("tests/bills/test_account_payment.py",),
    "approved": ("tests/bills/test_approved_payment.py", "tests/bills/test_approved_and_nothing_else.py"),
    "basket": ("tests/bills/test_basket.py",),
    "cancelled": (
        "tests/bills/test_cancellation.py",
        "tests/bills/test_cancellation_guards.py",
        "tests/bills/test_cancellation_once.py",
    ),
    "questions": (
        "tests/questions/test_sign_off.py",
        "tests/questions/test_late_answers.py",
        "tests/questions/test_late_cancelled.py",
    ),
    "links": ("tests/links/test_link.py",),
    "refunded": (
        "tests/refunds/test_refund_table.py",
        "tests/refunds/test_refund_guards.py",
        "tests/refunds/test_refund_ways.py",
    ),
    "any order": ("tests/stateful/test_payment_machine.py",),
    "whole days": ("tests/stateful/test_whole_day.py",),
    "day roll": ("tests/environment/test_day_roll.py",),
    "clock": ("tests/environment/test_clock.py",),
    "going on": ("tests/environment/test_recovery_goes_on.py",),
    "leases": ("tests/concurrency/test_lost_leases.py",),
    "many desks": ("tests/concurrency/test_many_desks.py",),
    "kill and lie": ("tests/faults/test_slice.py",),
}
"""Quick sets of tests by the name a mutant calls them. They are run without PostgreSQL."""

RUNNER = "tellerdesk/journal/runner.py"
LEGS = "tellerdesk/journal/legs.py"
ENTRIES = "tellerdesk/journal/entries.py"
STATES = "tellerdesk/bills/states.py"
FLOW = "tellerdesk/bills/payment_flow.py"
PAYMENT = "tellerdesk/bills/payment.py"
APPROVAL = "tellerdesk/bills/approval.py"
BASKET = "tellerdesk/bills/basket.py"
BASKET_BOOK = "tellerdesk/bills/basket_book.py"
GOING_ON = "tellerdesk/bills/going_on.py"
CANCELLATION = "tellerdesk/bills/cancellation.py"
WAITING = "tellerdesk/bills/waiting.py"
CONSUMERS = "tellerdesk/bills/consumers.py"
KEYED_AGAIN = "tellerdesk/bills/keyed_again.py"
LATE = "tellerdesk/questions/late.py"
LATE_FLOW = "tellerdesk/questions/late_flow.py"
EXPLAINING = "tellerdesk/questions/explaining.py"
CATALOGUE = "tellerdesk/billers/catalogue.py"
LINK = "tellerdesk/links/link.py"
RECOVERY = "tellerdesk/jobs/recovery.py"
REFUND_STATES = "tellerdesk/refunds/states.py"
REFUND_FLOW = "tellerdesk/refunds/refund_flow.py"
REFUND_SUBJECT = "tellerdesk/refunds/refund_subject.py"
BOOKINGS = "tellerdesk/refunds/bookings.py"
OPEN_QUESTIONS = "tellerdesk/questions/register.py"


@dataclass(frozen=True, slots=True)
class Edit:
    """`old` stands in `file` exactly once and becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defect. Every set in `caught_by` must notice it, each by itself."""

    name: str
    edits: tuple[Edit, ...]
    caught_by: tuple[str, ...]


def _mutant(name: str, file: str, old: str, new: str, *caught_by: str) -> Mutant:
    return Mutant(name, (Edit(file, old, new),), caught_by)


MUTANTS = (
    _mutant(
        "a message that was not answered is sent again under a new id",
        LEGS,
        'if last is not None and last["state"] not in _ANSWERED and not _never_left(state, last):',
        'if last is not None and last["state"] == LegState.INTENT:',
        *("table", "any order"),
    ),
    _mutant(
        "a message leaves before its intent is committed",
        PAYMENT,
        "            unit.commit()\n        return held, serial",
        '            self._runner._send(held, states.LEGS["CORE_POST"], None)\n'
        "            unit.commit()\n        return held, serial",
        *("table", "any order"),
    ),
    _mutant(
        "a message has no intent at all",
        LEGS,
        "        entries.write_leg(work.connection, leg)\n        return leg",
        "        return leg",
        *("table", "any order"),
    ),
    _mutant(
        "no answer is taken for a no",
        FLOW,
        'return "unknown" if kind in _TOLD_APART else "no_answer"',
        'return "rejected" if kind in _TOLD_APART else "no_answer"',
        *("table", "any order", "kill and lie"),
    ),
    _mutant(
        "an answer nobody signed is believed",
        LINK,
        "        if not exchange.signed:",
        '        if exchange.kind != "answered":',
        *("links", "any order", "kill and lie"),
    ),
    _mutant(
        "every answer with status 200 is a yes",
        LINK,
        "        if result is None or result in endpoint.accepted:",
        "        if result is not endpoint:",
        *("links", "any order"),
    ),
    _mutant(
        "a refusal nobody has listed is a no",
        LINK,
        "        if code in endpoint.refusals or code in self._refusals:",
        '        if result == "REJECTED":',
        "links",
    ),
    _mutant(
        "core is reversed when the biller is silent",
        STATES,
        'Transition("T12", BILLER_SENDING, "unknown", BILLER_UNKNOWN)',
        'Transition("T12", BILLER_SENDING, "unknown", AUTO_REVERSING)',
        *("table", "any order"),
    ),
    _mutant(
        "a lease somebody holds is taken",
        ENTRIES,
        "        (ENTRY.c.lease_until_ms.is_(None)) | (ENTRY.c.lease_until_ms < now),\n    )\n    if only_due:",
        "    )\n    if only_due:",
        "table",
    ),
    _mutant(
        "who has lost the lease writes all the same",
        ENTRIES,
        'ENTRY.c.version == bindparam("at_version"))',
        'ENTRY.c.version >= bindparam("at_version"))',
        *("table", "any order", "leases"),
    ),
    Mutant(
        "the till's row is written in a commit of its own",
        (
            Edit(
                STATES,
                '"submit", CORE_SENDING, ("take_claim", "cash_in"))',
                '"submit", CORE_SENDING, ("take_claim",))',
            ),
            Edit(
                PAYMENT,
                "            unit.commit()\n        return held, serial",
                "            unit.commit()\n"
                '        with self._store.write("payment.cash") as unit:\n'
                "            from types import SimpleNamespace\n\n"
                "            moment = SimpleNamespace(now=self._clock.now(), by=who.staff_no)\n"
                "            self._drawer.cash_in(unit.connection, till, command.amount_fen, serial, moment)\n"
                "            unit.commit()\n"
                "        return held, serial",
            ),
        ),
        ("table", "any order", "kill and lie"),
    ),
    _mutant(
        "the months of a bill are not spoken for",
        FLOW,
        "            work.connection.execute(_TAKE_CLAIM, rows)",
        "            _ = rows",
        *("table", "any order"),
    ),
    _mutant(
        "a consumer stays spoken for once a part is paid",
        STATES,
        'Transition("T10", BILLER_SENDING, "accepted", SUCCESS, ("keep_biller", "release_passing_claim"))',
        'Transition("T10", BILLER_SENDING, "accepted", SUCCESS, ("keep_biller",))',
        "rules",
    ),
    _mutant(
        "months are given up as soon as they are paid",
        FLOW,
        "        if self._biller(work.entry).amount.rule in CLAIMED_WHILE_UNDER_WAY:\n            mine",
        "        self._release_claim(work)\n        if not work.entry:\n            mine",
        *("table", "rules", "any order"),
    ),
    _mutant(
        "nobody is spoken for where any amount may be paid",
        CONSUMERS,
        "            periods = [WHOLE_CONSUMER]",
        "            periods = [WHOLE_CONSUMER + bill.quote_id]",
        "rules",
    ),
    _mutant(
        "nobody is told of what was paid before",
        PAYMENT,
        "            if not command.knows_paid_before:",
        "            if command.knows_paid_before:",
        "rules",
    ),
    _mutant(
        "a free amount needs no bounds",
        CATALOGUE,
        "open_to_choice = rule is AmountRule.FREE or (rule is not AmountRule.EXACT and amount_fen != total_fen)",
        "open_to_choice = rule is not AmountRule.EXACT and amount_fen != total_fen",
        "rules",
    ),
    _mutant(
        "cash comes into the till though an account is debited",
        FLOW,
        "        if not _is_cash(entry):\n            return\n",
        "",
        "accounts",
    ),
    _mutant(
        "cash is due back though an account was debited",
        FLOW,
        '        if _is_cash(work.entry):\n            work.changes["cash_return"]',
        '        if work.entry:\n            work.changes["cash_return"]',
        "accounts",
    ),
    _mutant(
        "the till is debited for a payment from an account",
        FLOW,
        '    return str(work.given["account"].account_no)',
        "    return f\"TC-{work.entry['branch_no']}-{work.entry['till_no']}\"",
        "accounts",
    ),
    _mutant(
        "a repeated request may name another account",
        PAYMENT,
        'asked["account"] = self._blinded(f"{command.account.account_no} {command.account.voucher_no}")',
        'asked["account"] = ""',
        "accounts",
    ),
    _mutant(
        "months are given up before core is reversed",
        STATES,
        'Transition("T11", BILLER_SENDING, "rejected", AUTO_REVERSING)',
        'Transition("T11", BILLER_SENDING, "rejected", AUTO_REVERSING, ("release_claim",))',
        "day roll",
    ),
    _mutant(
        "not found is taken for proof",
        STATES,
        'Transition("T14v", BILLER_UNKNOWN, "not_found", BILLER_VOIDING,',
        'Transition("T14v", BILLER_UNKNOWN, "not_found", AUTO_REVERSING,',
        *("table", "any order", "kill and lie"),
    ),
    _mutant(
        "a validity is over by the desk's clock alone",
        FLOW,
        "timedelta(seconds=validity_s + MOST_SKEW_S)",
        "timedelta(seconds=validity_s)",
        "clock",
    ),
    _mutant(
        "a yes to another amount is a yes",
        FLOW,
        'if told is None or told == entry["amount_fen"]:',
        "if told is None or told:",
        "table",
    ),
    _mutant(
        "an answer may be to another request",
        LINK,
        'ECHOED = ("leg_id", "original_leg_id", "amount_fen",',
        'ECHOED = ("account_no",',
        "links",
    ),
    _mutant(
        "a payment that was not answered is sent once more at once",
        RUNNER,
        "            if answer.kind is not AnswerKind.UNSENT:",
        "            if answer.kind not in (AnswerKind.UNSENT, AnswerKind.UNKNOWN):",
        *("table", "any order"),
    ),
    _mutant(
        "a payment is sent again after a crash",
        STATES,
        'State(BILLER_SENDING, Word.PROCESSING, send="BILLER_PAY", resume="unknown")',
        'State(BILLER_SENDING, Word.PROCESSING, send="BILLER_PAY")',
        *("any order", "kill and lie"),
    ),
    _mutant(
        "recovery tells the biller of a posting it found",
        FLOW,
        '"live_in_window": lambda work: work.live and work.elapsed_s <= limits.inline_window_s,',
        '"live_in_window": lambda work: True,',
        "table",
    ),
    _mutant(
        "core may forget a posting it confirmed",
        FLOW,
        '"never_posted": self._never_posted,',
        '"never_posted": lambda work: True,',
        "table",
    ),
    _mutant(
        "the same request may ask for something else",
        PAYMENT,
        'if first["payload_hash"] != asked:',
        "if not asked:",
        *("table", "any order"),
    ),
    _mutant(
        "a worker past its lease still sends",
        RUNNER,
        "            if self._clock.monotonic() + deadline > held.lease_ends:",
        "            if held.lease_ends <= RESTS:",
        "table",
    ),
    _mutant(
        "the biller is told the calendar's date",
        FLOW,
        'accounting_date=work.changes.get("accounting_date") or entry["accounting_date"],',
        'accounting_date=entry["made_at"].date(),',
        *("any order", "day roll"),
    ),
    _mutant(
        "money is undone across accounting dates",
        FLOW,
        'return bool(known) and work.entry["accounting_date"] == max(known)',
        "return bool(known)",
        "table",
    ),
    Mutant(
        "a payment goes on without its approval",
        (
            Edit(
                GOING_ON,
                "            self._book.execute(unit, self._subject, command.serial, who.staff_no)\n",
                "",
            ),
            Edit(STATES, '("cash_in",), guard="approval_used_up")', '("cash_in",))'),
        ),
        ("approved", "any order"),
    ),
    _mutant(
        "the table lets a payment go on without its approval",
        STATES,
        '("cash_in",), guard="approval_used_up")',
        '("cash_in",))',
        "approved",
    ),
    Mutant(
        "cash is in the till before it is approved",
        (
            Edit(STATES, '("take_claim", "ask_approval"))', '("take_claim", "ask_approval", "cash_in"))'),
            Edit(STATES, '("cash_in",), guard="approval_used_up")', '(), guard="approval_used_up")'),
        ),
        ("approved", "any order"),
    ),
    _mutant(
        "an approval does not bind the amount",
        APPROVAL,
        '"customer_name", "amount_fen", "method", "rules")',
        '"customer_name", "method", "rules")',
        "approved",
    ),
    _mutant(
        "an approval does not bind the bill",
        APPROVAL,
        'hashlib.sha256(bytes(found["bill"])).hexdigest()',
        "hashlib.sha256().hexdigest()",
        "approved",
    ),
    _mutant(
        "what was approved for one account is done for another",
        GOING_ON,
        "if approved is None or (told.account_no, told.voucher_no) != (approved.account_no, approved.voucher_no):",
        "if approved is None:",
        "approved",
    ),
    _mutant(
        "anybody goes on with an approved payment",
        GOING_ON,
        '(entry["teller_no"], entry["branch_no"], entry["till_no"]) != (who.staff_no, who.branch_no, who.till_no)',
        'entry["branch_no"] != who.branch_no',
        "approved",
    ),
    _mutant(
        "an approved payment is not looked at again",
        GOING_ON,
        '            raise Refused("error.payment.quote_expired_meanwhile",',
        '            _ = Refused("error.payment.quote_expired_meanwhile",',
        "approved",
    ),
    _mutant(
        "a payment waits on after its request was rejected",
        APPROVAL,
        "        if state in ENDS:",
        "        if state in ENDS - {ApprovalState.REJECTED}:",
        "approved",
    ),
    _mutant(
        "a request that ended keeps its bill spoken for",
        STATES,
        'Transition("T3r", PENDING_APPROVAL, "given_up", ABORTED, ("release_claim", "settle"))',
        'Transition("T3r", PENDING_APPROVAL, "given_up", ABORTED, ("settle",))',
        *("approved", "any order"),
    ),
    _mutant(
        "a request never runs out of time",
        WAITING,
        '        return max(int(approval["expires_ms"]) - now_ms, 0)',
        '        return max(int(approval["expires_ms"]) - now_ms, 1000)',
        "approved",
    ),
    _mutant(
        "a request runs out before its time",
        WAITING,
        '        return max(int(approval["expires_ms"]) - now_ms, 0)',
        '        return min(int(approval["expires_ms"]) - now_ms, 0)',
        "approved",
    ),
    _mutant(
        "what waits for people can be hurried",
        RUNNER,
        "only_due=state.rests",
        "only_due=False",
        "approved",
    ),
    _mutant(
        "core is undone before the biller is told to cancel",
        STATES,
        '"T20", CANCEL_PENDING, "approved", CANCEL_BILLER_SENDING,',
        '"T20", CANCEL_PENDING, "approved", CANCEL_CORE_SENDING,',
        *("cancelled", "any order"),
    ),
    Mutant(
        "a cancellation nobody has approved is carried out",
        (
            Edit(
                CANCELLATION,
                "            self._book.execute(unit, self._subject, serial, who.staff_no)\n",
                "",
            ),
            Edit(
                STATES,
                '"T20", CANCEL_PENDING, "approved", CANCEL_BILLER_SENDING, ("cancel_begun",), '
                'guard="cancel_approval_used_up"',
                '"T20", CANCEL_PENDING, "approved", CANCEL_BILLER_SENDING, ("cancel_begun",)',
            ),
        ),
        ("cancelled",),
    ),
    _mutant(
        "a biller's no to a message that may have been read twice is taken for proof",
        STATES,
        'Transition("T24c", CANCEL_BILLER_UNKNOWN, "refused", CANCEL_BILLER_CHECKING, ("keep_refusal",))',
        'Transition("T24c", CANCEL_BILLER_UNKNOWN, "refused", SUCCESS, ("cancel_refused",))',
        "cancelled",
    ),
    _mutant(
        "a biller's no is taken for proof though a desk died before it",
        STATES,
        'State(CANCEL_BILLER_SENDING, Word.PROCESSING, send="BILLER_CANCEL", resume="unknown")',
        'State(CANCEL_BILLER_SENDING, Word.PROCESSING, send="BILLER_CANCEL")',
        "cancelled",
    ),
    _mutant(
        "core is undone though the biller has refused to cancel",
        STATES,
        'Transition("T22", CANCEL_BILLER_SENDING, "refused", SUCCESS, _REFUSED, guard="was_paid")',
        'Transition("T22", CANCEL_BILLER_SENDING, "refused", CANCEL_CORE_SENDING, (), guard="was_paid")',
        "cancelled",
    ),
    Mutant(
        "the cash of a cancelled payment goes back as often as it is confirmed",
        (
            Edit(PAYMENT, 'if before.cash_return == "RETURNED":', 'if before.cash_return == "NEVER":'),
            Edit(
                STATES,
                'Transition("T16a", CANCELLED, "cash_returned", CANCELLED, ("cash_out",), guard="cash_is_due")',
                'Transition("T16a", CANCELLED, "cash_returned", CANCELLED, ("cash_out",))',
            ),
        ),
        ("cancelled",),
    ),
    _mutant(
        "a payment of a closed day is cancelled because it was asked for in time",
        CANCELLATION,
        "self._guards.when_done(connection, who, entry, cancellation, day)",
        'self._guards.when_done(connection, who, entry, cancellation, entry["accounting_date"])',
        "cancelled",
    ),
    _mutant(
        "a cancelled payment keeps its bill spoken for",
        STATES,
        '_CANCELLED = ("release_claim", "cash_due", "cancel_done", "late_answer_agrees")',
        '_CANCELLED = ("cash_due", "cancel_done", "late_answer_agrees")',
        *("cancelled", "any order"),
    ),
    _mutant(
        "a message that never left is sent for a later try",
        LEGS,
        'return state.resume is not None and leg["state"] == LegState.UNSENT and leg["sends"] == 1',
        'return False and leg["state"] == LegState.UNSENT',
        "cancelled",
    ),
    _mutant(
        "what is keyed again may be somebody else's",
        KEYED_AGAIN,
        "            if not same:",
        '            if not same and field == "amount":',
        *("cancelled", "refunded"),
    ),
    _mutant(
        "no answer to a booking is taken for a no",
        REFUND_FLOW,
        'AnswerKind.UNKNOWN: "no_answer"',
        'AnswerKind.UNKNOWN: "rejected"',
        *("refunded", "whole days"),
    ),
    _mutant(
        "a biller's silence about a refund is a no",
        REFUND_FLOW,
        'AnswerKind.UNKNOWN: "unknown"',
        'AnswerKind.UNKNOWN: "refused"',
        *("refunded", "whole days"),
    ),
    _mutant(
        "one person is enough for a refund on a later day",
        REFUND_SUBJECT,
        "needed=max(TWO, verdict.needed) if is_refund else verdict.needed",
        "needed=verdict.needed",
        "refunded",
    ),
    _mutant(
        "a refunded payment keeps its bill spoken for",
        REFUND_STATES,
        'CONSENT_SENDING, "agreed", AGREED, ("keep_agreement", "release_claim")',
        'CONSENT_SENDING, "agreed", AGREED, ("keep_agreement",)',
        *("refunded", "whole days"),
    ),
    _mutant(
        "another till is credited than the one that pays out",
        BOOKINGS,
        'till = _till(paid["branch_no"], paid["till_no"])',
        'till = _till(entry["branch_no"], entry["till_no"])',
        "whole days",
    ),
    _mutant(
        "cash that was paid out need not leave the till",
        REFUND_FLOW,
        'if paid is not None and paid["method"] == Method.CASH:',
        "if paid is None:",
        *("refunded", "whole days"),
    ),
    _mutant(
        "nobody hears a late answer",
        LATE,
        'if entry["flow"] != states.FLOW or (before, event) not in _HEARD | _HEARD_CANCELLED:',
        'if entry["flow"] == states.FLOW or (before, event) not in _HEARD | _HEARD_CANCELLED:',
        *("questions", "whole days"),
    ),
    _mutant(
        "nobody asks about a payment that stands and that the biller has cancelled",
        LATE,
        "against = UNDOING if paid else STANDING",
        "against = UNDOING",
        "questions",
    ),
    _mutant(
        "a biller that is silent has undone a late answer",
        LATE_FLOW,
        '        return "no_answer"',
        '        return "cancelled"',
        "questions",
    ),
    _mutant(
        "nobody leaves before a question is solved",
        OPEN_QUESTIONS,
        "query.where(_OF_TELLER, _UNSAID)",
        "query.where(_OF_TELLER)",
        *("questions", "whole days"),
    ),
    _mutant(
        "who reverses a payment does not meet what was heard of it meanwhile",
        LATE,
        'if entries.fence(unit.connection, now["serial"], now["version"]):',
        "if True:",
        "questions",
    ),
    _mutant(
        "what was heard while a payment was in doubt is forgotten when it is reversed",
        STATES,
        '_PAID_AFTER_ALL = ("undo_late_answer",)',
        "_PAID_AFTER_ALL = ()",
        "questions",
    ),
    _mutant(
        "a biller that refuses to undo is taken to have undone",
        LATE_FLOW,
        'return "refused"',
        'return "cancelled"',
        "questions",
    ),
    _mutant(
        "one open question keeps nobody from signing off",
        EXPLAINING,
        "    if count:",
        "    if count > 1:",
        "questions",
    ),
    _mutant(
        "a limit looks at each bill of a basket alone",
        PAYMENT,
        "whole_fen = command.amount_fen if part is None else part.total_fen",
        "whole_fen = command.amount_fen",
        "basket",
    ),
    _mutant(
        "a bill that is refused keeps those behind it from being begun",
        BASKET,
        "            except TellerDeskError as error:\n",
        "            except TellerDeskError as error:\n"
        "                lost = StoreUnavailable(error.message_id)\n                break\n",
        "basket",
    ),
    _mutant(
        "a bill is begun after its basket was handed over",
        BASKET_BOOK,
        'if connection.execute(_FENCE, {"of_basket": self.basket_id}).rowcount != 1:',
        'if connection.execute(_FENCE, {"of_basket": self.basket_id}).rowcount < 0:',
        "basket",
    ),
    _mutant(
        "another sum is booked than the one the teller has seen",
        BASKET,
        "                if cash.to_hand_over_fen != command.amount_fen:",
        "                if cash.to_hand_over_fen < 0:",
        "basket",
    ),
    _mutant(
        "what is handed over for a payment that failed stays in the till's books",
        BASKET,
        "                self._pay_back(unit, who, found)\n",
        "",
        "basket",
    ),
    _mutant(
        "an entry nobody can work on is taken up first each time",
        RECOVERY,
        "                self._runner.put_off(serial, version)",
        "                continue",
        "going on",
    ),
)


def apply(mutant: Mutant, root: Path) -> None:
    """Edits the sources under `root`. Raises ValueError where an edit does not fit exactly once."""
    for edit in mutant.edits:
        path = root / edit.file
        path.write_text(edited(path.read_text(encoding="utf-8"), edit), encoding="utf-8")


def edited(source: str, edit: Edit) -> str:
    """Raises ValueError where the edit does not fit exactly once."""
    if source.count(edit.old) != 1:
        raise ValueError(f"{edit.file} has {source.count(edit.old)} times: {edit.old}")
    return source.replace(edit.old, edit.new)
