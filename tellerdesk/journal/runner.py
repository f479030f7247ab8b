"""Runs any flow by its table: intent before effect, one commit a step, and nobody's step but the lease holder's.

A step is: send the leg the state works on, outside any transaction; then in one unit of work close the leg, take the
row of the table, do its effects, write the next leg's intent, and change the entry if nobody else has. A worker whose
lease was lost finds the version changed, and what it learned becomes a note.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from tellerdesk.clock import Clock, branch_time
from tellerdesk.errors import Conflict, IllegalTransition, LeaseLost
from tellerdesk.journal import entries
from tellerdesk.journal.flow import Flow, Row, Work, pick
from tellerdesk.journal.legs import LegBook
from tellerdesk.journal.states import LegKind, State, Transition
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.serials import channel_serial, leg_id
from tellerdesk.store.engine import Store, UnitOfWork
from tellerdesk.store.vault import Vault

Watch = Callable[[str, str, float], None]
"""Told before a leg is sent: the entry's state, the counterpart's code, the longest the answer can take in seconds."""

OnLate = Callable[[UnitOfWork, Row, str, str], None]
"""Told, in the unit of work that keeps it, what a worker learned after it had lost an entry: the entry as it is now,
the state the worker knew it in, the event."""

SYSTEM = "SYSTEM"

NOT_CAPABLE = "not-capable"
"""Why a leg was not sent: the counterpart has no such capability."""

RESTS = 0.0
"""The lease of an entry this worker has let go."""


@dataclass(slots=True)
class Held:
    """An entry under this runner's lease. `leg` is the open leg that moves money, if its state has one."""

    flow: Flow
    entry: Row
    leg: Row | None
    lease_ends: float
    """by the monotonic clock"""
    asked_at: datetime | None = None
    """when the newest message was sent"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long and how often, in seconds."""

    lease_margin_s: float = 5.0
    unsent_tries: int = 2
    unsent_pause_s: float = 0.4
    inline_pause_s: float = 0.5
    backoff_s: tuple[float, ...] = (5, 15, 60, 300)


class Runner:
    """One worker's hand on the journal. `owner` must differ between any two workers that are alive at once."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, pace: Pace, owner: str = "") -> None:
        self._store = store
        self._legs = LegBook(vault)
        self._clock = clock
        self._pace = pace
        self._owner = owner or secrets.token_hex(8)
        self._flows: dict[str, Flow] = {}
        self._on_late: list[OnLate] = []
        self._stopping = threading.Event()

    def register(self, flow: Flow) -> None:
        self._flows[flow.name] = flow

    def on_late(self, told: OnLate) -> None:
        """Has `told` hear of everything that is learned too late to be a step; what it writes stands with the note."""
        self._on_late.append(told)

    def stop(self) -> None:
        """No more inline retries: what is unanswered is left to recovery."""
        self._stopping.set()

    # -- beginning ------------------------------------------------------------------------------------------------

    def begin(
        self,
        unit: UnitOfWork,
        flow_name: str,
        values: Row,
        *,
        event: str,
        by: str,
        given: Mapping[str, Any],
        drives: bool = True,
    ) -> Held:
        """Writes a new entry, its first step with its effects, and the first leg's intent, in the caller's unit of
        work. `values` are the entry's columns without serial, state and bookkeeping. The caller commits, then drives;
        an entry whose first state sends nothing is not held, and driving it does nothing. That of a caller who does
        not drive is recovery's, at once.
        """
        flow = self._flows[flow_name]
        connection = unit.connection
        now = self._clock.now()
        day = branch_time(now).date()
        number = entries.next_sequence(connection, day, values["branch_no"], values["till_no"])
        entry: Row = {
            **values,
            "serial": channel_serial(day, values["branch_no"], values["till_no"], number),
            "flow": flow_name,
            "state": "-",
            "version": 1,
            "made_at": now,
            "tries": 0,
            "accounting_date": None,
            "core_serial": "",
            "counterpart_serial": "",
            "cash_return": "NONE",
            "unfinished": 1,
            "recon_status": "NONE",
            "settled_at": None,
        }
        work = Work(unit, entry, now, by, live=True, given=given)
        row = pick(flow, "-", event, work)
        state = flow.states[row.next]
        lease_s = self._lease_s(flow, state, entry)
        begun = self._clock.monotonic()
        entry["state"] = row.next
        entries.write_entry(connection, {**entry, "lease_owner": self._owner}, int(lease_s * 1000))
        for effect in row.effects:
            flow.effects[effect](work)
        leg = self._legs.open(flow, state, work)
        self._write_step(connection, entry["serial"], row, event, work, "")
        if state.send is None or not drives:
            wait_ms = work.rest_ms if state.send is None else 0
            entries.change_entry(connection, entry["serial"], 1, self._bookkeeping(flow, row, 0, None), wait_ms)
            return Held(flow, entry | {"version": 2}, None, RESTS)
        return Held(flow, entry, leg, begun + lease_s)

    # -- taking over ----------------------------------------------------------------------------------------------

    def due(self, most: int = 50) -> list[tuple[str, int]]:
        """Entries that wait for recovery: serial and version."""
        with self._store.read() as session:
            return entries.due(session.connection(), list(self._flows), most)

    def waiting(self) -> int:
        """How many entries recovery still has to look at; one that rests until people have spoken is not among them."""
        resting = [state.name for flow in self._flows.values() for state in flow.states.values() if state.rests]
        with self._store.read() as session:
            return entries.unfinished(session.connection(), resting)

    def claim(self, serial: str, version: int | None = None) -> Held | None:
        """Takes the lease of an entry; None where somebody else holds it, it has moved on, or rests and its time has
        not come."""
        with self._store.write("journal.claim") as unit:
            connection = unit.connection
            entry = entries.by_serial(connection, serial)
            if entry is None or (version is not None and entry["version"] != version):
                return None
            flow = self._flows[entry["flow"]]
            state = flow.states[entry["state"]]
            if state.send is None and not state.rests:
                return None
            lease_s = self._lease_s(flow, state, entry)
            lease_ms, begun = int(lease_s * 1000), self._clock.monotonic()
            if not entries.claim(connection, serial, entry["version"], self._owner, lease_ms, only_due=state.rests):
                return None
            leg = None
            if state.send is not None and flow.legs[state.send].moves_money:
                leg = entries.last_leg(connection, serial, state.send)
            unit.commit()
        entry["version"] += 1
        return Held(flow, entry, leg, begun + lease_s)

    def can_ask(self, entry: Row) -> bool:
        """Whether an entry's state sends something its counterpart can be sent."""
        flow = self._flows[entry["flow"]]
        send = flow.states[entry["state"]].send
        return send is not None and flow.can_send(flow.legs[send], entry)

    def put_off(self, serial: str, version: int) -> None:
        """Has an entry this worker cannot handle looked at again later, unless it has moved on."""
        with self._store.write("journal.put_off") as unit:
            entries.change_entry(unit.connection, serial, version, {}, int(self._pace.backoff_s[-1] * 1000))
            unit.commit()

    # -- driving --------------------------------------------------------------------------------------------------

    def resume(self, held: Held, by: str = SYSTEM) -> None:
        """Carries on with an entry whose worker is gone or which was put off: one pass, then it rests or is done."""
        state = held.flow.states[held.entry["state"]]
        if state.rests and state.resume is not None:
            self._advance(held, state.resume, None, by=by, note="", live=False, elapsed_s=0.0)
        elif state.resume is not None:
            interrupted: Answer[Any] = Answer(AnswerKind.UNKNOWN, code="interrupted")
            self._advance(held, state.resume, interrupted, by=by, note="taken over", live=False, elapsed_s=0.0)
        self.drive(held, by=by, live=False)

    def drive(self, held: Held, *, by: str = SYSTEM, live: bool, watch: Watch | None = None) -> None:
        """Sends and steps until the entry rests: finished, put off until later, or waiting for a person.

        Raises LeaseLost where another worker has taken the entry over, StoreUnavailable where a step could not be
        written; in both cases recovery goes on with it.
        """
        begun = self._clock.monotonic()
        while held.lease_ends > RESTS:
            state = held.flow.states[held.entry["state"]]
            if state.send is None:
                return
            kind = held.flow.legs[state.send]
            answer = self._send(held, kind, watch)
            event = held.flow.event_of(kind, answer, held.entry)
            elapsed = self._clock.monotonic() - begun
            again = self._advance(held, event, answer, by=by, note="", live=live, elapsed_s=elapsed)
            if again:
                self._stopping.wait(self._pace.inline_pause_s)

    def fire(self, serial: str, event: str, *, by: str, given: Mapping[str, Any]) -> Held | None:
        """A person's event. Returns the entry under lease where its new state sends something, to be driven.

        Raises IllegalTransition, changing nothing, where the table has no row for it; Conflict where a worker holds
        the entry at this moment or reconciliation has spoken on it.
        """
        with self._store.write(f"journal.{event}") as unit:
            held = self.fire_in(unit, serial, event, by=by, given=given)
            unit.commit()
        return held

    def fire_in(
        self,
        unit: UnitOfWork,
        serial: str,
        event: str,
        *,
        by: str,
        given: Mapping[str, Any] = MappingProxyType({}),
        drives: bool = True,
    ) -> Held | None:
        """`fire` as a part of the caller's unit of work: the step stands or falls with it. The caller commits, then
        drives what it gets. One that does not drive gets nothing: the entry is recovery's, at once."""
        connection = unit.connection
        entry = entries.by_serial(connection, serial)
        if entry is None:
            raise IllegalTransition("error.journal.no_entry", serial=serial)
        if entry["recon_status"] != "NONE":
            raise Conflict("error.journal.reconciled", serial=serial)
        flow = self._flows[entry["flow"]]
        work = Work(unit, entry, self._clock.now(), by, given=given)
        row = pick(flow, entry["state"], event, work)
        state = flow.states[row.next]
        lease_s = self._lease_s(flow, state, entry)
        begun = self._clock.monotonic()
        if not entries.claim(connection, serial, entry["version"], self._owner, int(lease_s * 1000)):
            raise Conflict("error.journal.busy", serial=serial)
        for effect in row.effects:
            flow.effects[effect](work)
        leg = self._legs.open(flow, state, work) if state.send else None
        self._write_step(connection, serial, row, event, work, "")
        goes_on = state.send is not None and drives
        changes = self._bookkeeping(flow, row, 0, lease_s if goes_on else None) | work.changes
        wait_ms = int(lease_s * 1000) if goes_on else work.rest_ms if state.send is None else 0
        entries.change_entry(connection, serial, entry["version"] + 1, changes, wait_ms)
        if not goes_on:
            return None
        entry |= {**work.changes, "state": row.next, "version": entry["version"] + 2, "tries": 0}
        return Held(flow, entry, leg, begun + lease_s)

    # -- one step -------------------------------------------------------------------------------------------------

    def _send(self, held: Held, kind: LegKind, watch: Watch | None) -> Answer[Any]:
        flow, entry = held.flow, held.entry
        if not flow.can_send(kind, entry):
            return Answer(AnswerKind.UNKNOWN, code=NOT_CAPABLE)
        if kind.moves_money:
            if held.leg is None:
                raise IllegalTransition("error.journal.no_leg", serial=entry["serial"], kind=kind.name)
            identity = held.leg["leg_id"]
            body = self._legs.body(held.leg)
        else:
            identity, body = leg_id(entry["serial"], kind.code, entry["version"]), b""
        deadline = flow.deadline_s(kind, entry)
        if watch is not None:
            watch(entry["state"], flow.counterpart(kind, entry), deadline)
        answer: Answer[Any] = Answer(AnswerKind.UNSENT, code="not-tried")
        for attempt in range(self._pace.unsent_tries):
            if attempt:
                self._stopping.wait(self._pace.unsent_pause_s)
            if self._clock.monotonic() + deadline > held.lease_ends:
                break  # whoever took it over since must not meet a late message of ours
            held.asked_at = held.asked_at if attempt else self._clock.now()
            self._store.hook(f"call.{kind.name}:before")
            answer = flow.send(kind, identity, body, entry)
            self._store.hook(f"call.{kind.name}:after")
            if answer.kind is not AnswerKind.UNSENT:
                break
        return answer

    def _advance(
        self, held: Held, event: str, answer: Answer[Any] | None, *, by: str, note: str, live: bool, elapsed_s: float
    ) -> bool:
        """Takes one row of the table in one commit. True where the same state is to be tried again at once."""
        flow, entry = held.flow, held.entry
        serial, before = entry["serial"], entry["state"]
        try:
            with self._store.write(f"{flow.name}.{before}.{event}") as unit:
                connection = unit.connection
                work = Work(unit, entry, self._clock.now(), by, live, elapsed_s, answer)
                row = pick(flow, before, event, work)
                state = flow.states[row.next]
                stays = row.next == before
                tries = entry["tries"] + 1 if stays else 0
                again = stays and live and tries < state.inline_tries and not self._stopping.is_set()
                sendable = state.send is not None and flow.can_send(flow.legs[state.send], entry)
                lease_s = self._lease_s(flow, state, entry) if sendable and (again or not stays) else None
                begun = self._clock.monotonic()
                for effect in row.effects:
                    flow.effects[effect](work)
                changes = self._bookkeeping(flow, row, tries, lease_s) | work.changes
                wait_ms = self._wait_ms(tries, lease_s) if sendable else work.rest_ms
                if entries.change_entry(connection, serial, entry["version"], changes, wait_ms):
                    if answer is not None:
                        self._close_leg(held, work, answer)
                    if not stays:
                        held.leg = self._legs.open(flow, state, work) if lease_s is not None else None
                    self._write_step(connection, serial, row, event, work, note or _words(answer))
                    unit.commit()
        except LeaseLost:  # an effect met what another worker has written since
            self._note_late(serial, before, event, by, _words(answer))
            raise
        if not unit.committed:
            self._note_late(serial, before, event, by, _words(answer))
            raise LeaseLost("error.journal.taken_over", serial=serial)
        entry |= {**changes, "version": entry["version"] + 1}
        held.lease_ends = begun + lease_s if lease_s is not None else RESTS
        return again

    def _bookkeeping(self, flow: Flow, row: Transition, tries: int, lease_s: float | None) -> Row:
        return {
            "state": row.next,
            "unfinished": 0 if flow.states[row.next].terminal else 1,
            "tries": tries,
            "lease_owner": self._owner if lease_s is not None else None,
            "lease_until_ms": int(lease_s * 1000) if lease_s is not None else None,
        }

    def _wait_ms(self, tries: int, lease_s: float | None) -> int:
        if lease_s is not None:
            return int(lease_s * 1000)
        backoff = self._pace.backoff_s
        return int(backoff[min(max(tries - 1, 0), len(backoff) - 1)] * 1000)

    def _lease_s(self, flow: Flow, state: State, entry: Row) -> float:
        if state.send is None:
            return self._pace.lease_margin_s
        deadline = flow.deadline_s(flow.legs[state.send], entry)
        each = deadline + self._pace.unsent_pause_s
        return self._pace.unsent_tries * each + self._pace.inline_pause_s + self._pace.lease_margin_s

    def _close_leg(self, held: Held, work: Work, answer: Answer[Any]) -> None:
        if answer.code == NOT_CAPABLE:
            return  # nothing was sent: an intent stays one
        if held.leg is not None:
            held.leg |= self._legs.close(work, held.leg, answer)
        else:
            self._legs.note_inquiry(held.flow, work, held.asked_at or work.now, answer)

    def _write_step(
        self, connection: Connection, serial: str, row: Transition, event: str, work: Work, note: str
    ) -> None:
        entries.write_step(
            connection,
            {
                "serial": serial,
                "row": row.row,
                "from_state": row.state,
                "event": event,
                "to_state": row.next,
                "at": work.now,
                "by": work.by,
                "note": note[:400],
            },
        )

    def _note_late(self, serial: str, before: str, event: str, by: str, note: str) -> None:
        """What a worker learned after it had lost the entry: kept, told to who listens, and no step of the entry."""
        with self._store.write("journal.note") as unit:
            connection = unit.connection
            entry = entries.by_serial(connection, serial)
            late = Transition("note", before, event, entry["state"] if entry else before)
            work = Work(unit, entry or {}, self._clock.now(), by)
            self._write_step(connection, serial, late, f"late:{event}", work, note)
            if entry is not None:
                for told in self._on_late:
                    told(unit, entry, before, event)
            unit.commit()


def payload_hash(canonical: bytes) -> str:
    """Binds a request id to what was asked with it: same id with other contents is an error, never a replay."""
    return hashlib.sha256(canonical).hexdigest()


def _words(answer: Answer[Any] | None) -> str:
    return "" if answer is None else " ".join(part for part in (answer.code, answer.message) if part)
