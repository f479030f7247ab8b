"""The legs of an entry: what was said to a counterpart under which id, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tellerdesk.journal import entries
from tellerdesk.journal.flow import Flow, Row, Work
from tellerdesk.journal.states import LegState, State
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.serials import leg_id
from tellerdesk.store.vault import Vault

_LEG_STATE = {
    AnswerKind.ACCEPTED: LegState.OK,
    AnswerKind.REJECTED: LegState.REJECTED,
    AnswerKind.UNSENT: LegState.UNSENT,
    AnswerKind.UNKNOWN: LegState.UNKNOWN,
}


_ANSWERED = frozenset({LegState.OK, LegState.REJECTED})


class LegBook:
    """Writes legs inside the caller's unit of work; their bodies are sealed."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def open(self, flow: Flow, state: State, work: Work) -> Row | None:
        """Writes the intent of the leg a state sends, or takes up the one that has no definite answer yet. None where
        the state sends nothing that moves money.

        The attempt grows only after a definite answer, or where the leg before certainly never left: what may have
        arrived keeps its id.
        """
        if state.send is None or not flow.legs[state.send].moves_money:
            return None
        kind = flow.legs[state.send]
        serial = work.entry["serial"]
        attempt = 1
        if work.entry["version"] > 1 or _goes_on(flow, state, work):
            last = entries.last_leg(work.connection, serial, kind.name)
            if last is not None and last["state"] not in _ANSWERED and not _never_left(state, last):
                return last
            attempt = last["attempt"] + 1 if last is not None else 1
        identity = leg_id(serial, kind.code, attempt)
        body = flow.compose(kind, identity, work)
        leg: Row = {
            "leg_id": identity,
            "serial": serial,
            "kind": kind.name,
            "attempt": attempt,
            "counterpart": flow.counterpart(kind, work.entry),
            "state": LegState.INTENT.value,
            "request": self._vault.seal(body.decode(), column="journal_leg.request", row=identity),
            "sends": 0,
            "sent_at": work.now,
            "code": "",
            "message": "",
            "counterpart_serial": "",
        }
        entries.write_leg(work.connection, leg)
        return leg

    def body(self, leg: Row) -> bytes:
        """What was fixed at the leg's intent, byte for byte."""
        return self._vault.open(leg["request"], column="journal_leg.request", row=leg["leg_id"]).encode()

    def close(self, work: Work, leg: Row, answer: Answer[Any]) -> Row:
        """Writes down what came of a leg that moves money. Returns the columns that have changed."""
        outcome = {**_outcome(work, answer), "sends": leg["sends"] + 1}
        entries.close_leg(work.connection, leg["leg_id"], outcome)
        return outcome

    def note_inquiry(self, flow: Flow, work: Work, asked_at: datetime, answer: Answer[Any]) -> None:
        """Writes a question down with its answer: it moves no money and needs no intent."""
        entry = work.entry
        send = flow.states[entry["state"]].send
        if send is None:
            return
        kind = flow.legs[send]
        asked: Row = {
            "leg_id": leg_id(entry["serial"], kind.code, entry["version"]),
            "serial": entry["serial"],
            "kind": kind.name,
            "attempt": entry["version"],
            "counterpart": flow.counterpart(kind, entry),
            "request": b"",
            "sends": 1,
            "sent_at": asked_at,
        }
        entries.write_leg(work.connection, asked | _outcome(work, answer))


def _goes_on(flow: Flow, state: State, work: Work) -> bool:
    """Whether an entry's very first step leads to a state that sends what the first one sent; nothing else can have
    been sent before."""
    before = work.entry["state"]
    return bool(before != state.name and flow.states[before].send == state.send)


def _outcome(work: Work, answer: Answer[Any]) -> Row:
    return {
        "state": _LEG_STATE[answer.kind].value,
        "answered_at": work.now,
        "code": answer.code[:64],
        "message": answer.message[:400],
        "counterpart_serial": _serial_in(answer)[:64],
    }


def _serial_in(answer: Answer[Any]) -> str:
    return str(getattr(answer.body, "core_serial", "") or getattr(answer.body, "biller_serial", "") or "")


def _never_left(state: State, leg: Row) -> bool:
    """A state that names in `resume` what a crash means has each of its legs closed before anybody sends it again: one
    that was sent once, and then certainly not, never left."""
    return state.resume is not None and leg["state"] == LegState.UNSENT and leg["sends"] == 1
