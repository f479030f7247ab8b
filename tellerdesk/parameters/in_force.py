"""What is in force: read from the database, never from the files once they were adopted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from tellerdesk.approvals.rules import Rules
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers import catalogue
from tellerdesk.billers.catalogue import Biller
from tellerdesk.clock import Clock, branch_time
from tellerdesk.errors import BadSetup, Refused
from tellerdesk.parameters import limits, versions
from tellerdesk.parameters.drafts import Draft, Drafts, Key
from tellerdesk.parameters.limits import Limits
from tellerdesk.parameters.states import Kind, ParameterAction, VersionState
from tellerdesk.parameters.versions import Seals, Version
from tellerdesk.staff.room import SETUP
from tellerdesk.store.engine import Store


@dataclass(frozen=True, slots=True)
class Current:
    """What is in force at one moment, every version's seal checked."""

    mark: tuple[int, int]
    versions: Mapping[Key, Version]
    rules: Rules
    limits: Limits

    @property
    def biller_numbers(self) -> dict[str, int]:
        """The version of each biller in force, by code."""
        return {name: version.number for (kind, name), version in self.versions.items() if kind is Kind.BILLER}


class InForce:
    """Rules and limits are read anew for each payment (one small question where nothing has changed). Billers are read
    when a desk opens: links and screens are made of them, so a desk with an older one is told to close and open."""

    def __init__(self, store: Store, audit: AuditTrail, clock: Clock, key: bytes) -> None:
        """`key` seals versions: the audit key."""
        self._store = store
        self._audit = audit
        self._clock = clock
        self.seals = Seals(key)
        self._last: Current | None = None
        self._opened_with: dict[str, int] = {}

    def today(self) -> date:
        """The branch's calendar day, by which versions come into force."""
        return branch_time(self._clock.now()).date()

    def adopt(self, drafts: Drafts) -> bool:
        """Puts everything in force as it stands on disk, where the database has no versions yet; True where it did so.
        Of several desks at once one does. Raises BadSetup where a file has mistakes."""
        with self._store.read() as session:
            if versions.any_there(session.connection()):
                return False
        found = drafts.first()
        try:
            with self._store.write("parameters.adopt") as unit:
                if versions.any_there(unit.connection):
                    return False
                numbers = [(draft, self._adopted(unit.connection, draft)) for draft in found]
                for draft, number in numbers:
                    told = {"kind": draft.kind.value, "name": draft.name, "content_hash": draft.content_hash}
                    self._audit.write(unit.session, SETUP, ParameterAction.ADOPTED, str(number), told)
                unit.commit()
        except IntegrityError:
            return False  # another desk was first, between our look and our row
        return True

    def current(self, connection: Connection) -> Current:
        """What is in force today. Raises TamperFound naming a version that is not what was put in force, BadSetup."""
        day = self.today()
        mark = versions.mark(connection, day)
        last = self._last
        if last is None or last.mark != mark:
            self._last = last = self._read(connection, mark, day)
        return last

    def billers(self, connection: Connection) -> dict[str, Biller]:
        """The billers in force, by code. Raises what `current` raises."""
        return self.billers_of(self.current(connection).versions)

    def open_billers(self, connection: Connection) -> dict[str, Biller]:
        """The billers in force, for a desk that opens: `check_biller` holds later ones against these."""
        self._opened_with = self.current(connection).biller_numbers
        return self.billers(connection)

    def check_biller(self, connection: Connection, code: str) -> None:
        """Raises Refused where another version of this biller is in force than when the desk was opened."""
        if self.current(connection).biller_numbers.get(code) != self._opened_with.get(code):
            raise Refused("error.parameters.newer", biller=code)

    def rules(self, connection: Connection) -> Rules:
        """The approval rules in force now. Raises what `current` raises."""
        return self.current(connection).rules

    def identity_from_fen(self, connection: Connection) -> int:
        """From this amount of cash on, in fen, the payer's identity is asked for."""
        return self.current(connection).limits.large_cash.identity_from_fen

    def duplicate_days(self, connection: Connection) -> int:
        """How many days back a payment of the same consumer asks the teller to confirm the next one."""
        return self.current(connection).limits.flows.duplicate_days

    @staticmethod
    def billers_of(found: Mapping[Key, Version]) -> dict[str, Biller]:
        """Raises BadSetup naming a version that cannot be used any more."""
        files = [version for version in found.values() if version.kind is Kind.BILLER]
        read = [catalogue.parse(version.content, version.at) for version in files]
        for number, key, _ in catalogue.clashes(read):
            raise BadSetup("error.parameters.mixed_up", path=files[number].at, key=".".join(key))
        return {biller.code: biller for biller in sorted(read, key=lambda biller: biller.code)}

    def _adopted(self, connection: Connection, draft: Draft) -> int:
        version = versions.drafted(
            draft, before_hash="", effective_from=self.today(), by=SETUP, at=self._clock.now(), reason=""
        )
        state = VersionState.ADOPTED
        return versions.write(connection, replace(version, state=state, mac=self.seals.of(version, state)))

    def _read(self, connection: Connection, mark: tuple[int, int], day: date) -> Current:
        found = versions.on(connection, day)
        for version in found.values():
            self.seals.check(version)
        try:
            rules, limit = found[Kind.RULES, ""], found[Kind.LIMITS, ""]
        except KeyError:
            raise BadSetup("error.parameters.none") from None
        return Current(mark, found, Rules.parse(rules.content, rules.at), limits.parse(limit.content, limit.at))
