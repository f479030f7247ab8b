"""Issuing a document: one number and one file for each transaction and kind, however often it is asked for.

The number and the view are committed first, then the file is made from the stored view, then the document is marked as
issued with the hash of its bytes. Whatever fails in between leaves a reserved number that the next call takes up; the
payment is never touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from tellerdesk import __version__
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import Clock, branch_time
from tellerdesk.documents.canonical import read_back, written
from tellerdesk.documents.models import Document
from tellerdesk.documents.numbers import next_number, verify_code
from tellerdesk.documents.protocols import Renderer
from tellerdesk.documents.shelf import Shelf
from tellerdesk.documents.views import DocumentKind, DocumentView, Paper, RefundPaper
from tellerdesk.errors import DocumentFailed
from tellerdesk.staff.permissions import Doorkeeper, permits
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault

PaperOf = Callable[[str, str, datetime], Paper]
"""From the document's number, its verify code and the instant of printing (aware UTC) to what it says. It is called
inside the reserving transaction, before the code can be known (it depends on the amount): the code it is given is
empty, and the right one is put in its place afterwards."""

P = TypeVar("P", bound=Paper)

DOCUMENT = table_of(Document)
_COLUMN = "documents_document.sealed_view"
_FIND = select(DOCUMENT).where(DOCUMENT.c.serial == bindparam("of"), DOCUMENT.c.kind == bindparam("kind_of"))
_ISSUE = update(DOCUMENT).where(DOCUMENT.c.number == bindparam("of"), DOCUMENT.c.state == "RESERVED")


class Papers:
    """Documents of this desk. `folder` must exist and belong to the desk alone."""

    def __init__(
        self,
        store: Store,
        audit: AuditTrail,
        staff: Doorkeeper,
        vault: Vault,
        keys: Keys,
        renderer: Renderer | None,
        folder: Path,
        clock: Clock,
    ) -> None:
        self.staff = staff
        self._store = store
        self._audit = audit
        self._vault = vault
        self._verify_key = keys.verify
        self._renderer = renderer
        self._shelf = Shelf(folder, lambda step: store.hook(step))
        self._clock = clock

    @permits(Permission.ISSUE_DOCUMENT)
    def issue(self, who: SignedOn, paper_of: PaperOf, *, kind: DocumentKind, serial: str) -> DocumentView:
        """The document of this kind for a transaction (channel serial), made now unless there is one already.

        A repeated call gives the same document, from the same stored view. Where the file of an issued document is
        missing it is made again, if the bytes come out as they were. Where it was changed it is kept aside under
        another name, noted in the audit, put back if the bytes come out as they were, and the call fails.

        Raises DocumentFailed (the payment is not touched, the call may be repeated), StoreUnavailable, NotAllowed.
        """
        row = self._found(serial, kind) or self._reserve(who, paper_of, kind, serial)
        return self._first_issue(who, row) if row["state"] == "RESERVED" else self._as_issued(who, row)

    @permits(Permission.ISSUE_DOCUMENT)
    def number(self, who: SignedOn, serial: str, *kinds: DocumentKind) -> str:  # noqa: ARG002 (asked by the door)
        """The number of the first of `kinds` a transaction (channel serial) has an issued document of; empty where it
        has none. Raises StoreUnavailable, NotAllowed.
        """
        found = (self._found(serial, kind) for kind in kinds)
        return next((str(row["number"]) for row in found if row is not None and row["state"] == "ISSUED"), "")

    def _found(self, serial: str, kind: DocumentKind) -> dict[str, Any] | None:
        with self._store.read() as session:
            return _find(session.connection(), serial, kind)

    def _reserve(self, who: SignedOn, paper_of: PaperOf, kind: DocumentKind, serial: str) -> dict[str, Any]:
        now = self._clock.now()
        try:
            with self._store.write("document.reserve") as unit:
                number = next_number(unit.connection, branch_time(now).date(), who.branch_no)
                paper = self._proven(paper_of(number, "", now))
                if (paper.number, paper.kind, paper.serial, paper.printed_at) != (number, kind, serial, now):
                    raise ValueError("paper of another document")
                row = {
                    "number": number,
                    "kind": kind.value,
                    "serial": serial,
                    "sealed_view": self._vault.seal(written(paper), column=_COLUMN, row=number),
                    "template_version": __version__,
                    "file_name": f"{number}.pdf",
                    "reserved_at": now,
                    "state": "RESERVED",
                }
                unit.connection.execute(insert(DOCUMENT), row)
                unit.commit()
                return row
        except IntegrityError:
            if there := self._found(serial, kind):  # another desk reserved it between our look and our insert
                return there
            raise

    def _first_issue(self, who: SignedOn, row: dict[str, Any]) -> DocumentView:
        content = self._rendered(row)
        issued = {
            "state": "ISSUED",
            "sha256": hashlib.sha256(content).hexdigest(),
            "issued_at": self._clock.now(),
            "issued_by": who.staff_no,
            "template_version": __version__,
        }
        self._shelf.sweep(row["file_name"])
        self._shelf.put(row["file_name"], content)
        with self._store.write("document.issued") as unit:
            mine = unit.connection.execute(_ISSUE.values(issued), {"of": row["number"]}).rowcount == 1
            if mine:
                told = {"kind": row["kind"], "serial": row["serial"], "sha256": str(issued["sha256"])}
                self._audit.write(unit.session, who.staff_no, "document.issued", row["number"], told)
                unit.commit()
        there = None if mine else self._found(row["serial"], DocumentKind(row["kind"]))
        return self._as_issued(who, there) if there else self._view({**row, **issued})

    def _as_issued(self, who: SignedOn, row: dict[str, Any]) -> DocumentView:
        found = self._shelf.sha256(row["file_name"])
        if found == row["sha256"]:
            return self._view(row)
        if found is not None:
            self._note_change(who, row, found)
        content = self._rendered(row)
        if hashlib.sha256(content).hexdigest() != row["sha256"]:
            raise DocumentFailed("error.document.unlike", number=row["number"])
        if found is not None:
            self._shelf.set_aside(row["file_name"], f"{row['number']}.changed-{found[:12]}.pdf")
        self._shelf.put(row["file_name"], content)
        if found is not None:
            raise DocumentFailed("error.document.changed", number=row["number"])
        return self._view(row)

    def _note_change(self, who: SignedOn, row: dict[str, Any], found: str) -> None:
        with self._store.write("document.changed") as unit:
            told = {"found": found, "sha256": row["sha256"]}
            self._audit.write(unit.session, who.staff_no, "document.changed", row["number"], told)
            unit.commit()

    def _rendered(self, row: dict[str, Any]) -> bytes:
        if self._renderer is None:
            raise DocumentFailed("error.document.no_renderer")
        paper = read_back(self._vault.open(row["sealed_view"], column=_COLUMN, row=row["number"]))
        try:
            if isinstance(paper, RefundPaper):
                return self._renderer.refund_paper(paper)
            return self._renderer.bill_paper(paper)
        except DocumentFailed:
            raise
        except Exception as error:
            # The text of an unexpected error may quote the customer: only its kind is told.
            raise DocumentFailed("error.document.render", reason=type(error).__name__) from error

    def _proven(self, paper: P) -> P:
        code = verify_code(
            self._verify_key,
            number=paper.number,
            serial=paper.serial,
            amount_fen=paper.amount_fen,
            accounting_date=paper.accounting_date,
        )
        return replace(paper, verify_code=code)

    def _view(self, row: dict[str, Any]) -> DocumentView:
        return DocumentView(
            number=row["number"],
            kind=DocumentKind(row["kind"]),
            serial=row["serial"],
            path=self._shelf.path(row["file_name"]),
            sha256=row["sha256"],
            issued_at=row["issued_at"],
        )


def _find(connection: Connection, serial: str, kind: DocumentKind) -> dict[str, Any] | None:
    row = connection.execute(_FIND, {"of": serial, "kind_of": kind.value}).first()
    return None if row is None else dict(row._mapping)
