"""A documents room to test in: a teller, a plain renderer, and papers to issue."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from tellerdesk.audit.models import AuditRow
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import Clock
from tellerdesk.documents.canonical import written
from tellerdesk.documents.models import Document
from tellerdesk.documents.papers import Papers
from tellerdesk.documents.protocols import Renderer
from tellerdesk.documents.views import BillPaper, DocumentKind, DocumentView, Paper, PrintedLine, RefundPaper
from tellerdesk.errors import NotAllowed
from tellerdesk.staff.states import Permission, Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault

DOCUMENT, AUDIT = table_of(Document), table_of(AuditRow)
SERIAL = "2026112207120700000001"

TELLER = SignedOn(
    session_id="5" * 32,
    staff_no="T00123",
    name="李晓燕",
    role=Role.TELLER,
    branch_no="0712",
    till_no="07",
    since=datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
    last_sign_on=None,
)


def paper(number: str, verify_code: str, printed_at: datetime, **changes: Any) -> BillPaper:
    """A receipt for two months of electricity, changed as asked."""
    plain = BillPaper(
        kind=DocumentKind.BILL_RECEIPT,
        number=number,
        bank_zh="示例银行",
        bank_en="Sample Bank",
        branch_zh="南山支行",
        branch_en="Nanshan Sub-branch",
        branch_no="0712",
        till_no="07",
        teller_no="T00123",
        teller_name="李晓燕",
        serial=SERIAL,
        core_serial="C2026112200918273",
        biller_serial="SZPOWER-884412",
        accounting_date=date(2026, 11, 22),
        made_at=datetime(2026, 11, 22, 1, 29, 59, 123456, tzinfo=UTC),
        printed_at=printed_at,
        biller_zh="深圳市示例供电有限公司",
        biller_en="Shenzhen Sample Power Co., Ltd.",
        item_zh="电费",
        item_en="Electricity",
        consumer_no="07550031884620",
        customer_name="*晓燕",
        address="深圳市南山区科技园路 ** 号",
        lines=(
            PrintedLine("2026-09", "电费", "Electricity", 84_000),
            PrintedLine("2026-10", "电费", "Electricity", 84_012),
        ),
        late_fee_fen=20,
        fee_fen=0,
        amount_fen=168_032,
        tendered_fen=170_000,
        change_fen=1_968,
        verify_code=verify_code,
        training=True,
    )
    return replace(plain, **changes)


@dataclass(slots=True)
class PlainRenderer:
    """The view itself as the file's bytes. Fails as it is told to; `ink` changes what comes out."""

    ink: str = "black"
    trouble: Exception | None = None
    rendered: list[Paper] = field(default_factory=list)

    def bill_paper(self, paper: BillPaper) -> bytes:
        return self._made(paper)

    def refund_paper(self, paper: RefundPaper) -> bytes:
        return self._made(paper)

    def _made(self, paper: Paper) -> bytes:
        if self.trouble is not None:
            raise self.trouble
        self.rendered.append(paper)
        return f"%PDF {self.ink}\n{written(paper)}\n".encode() * 8


@dataclass(slots=True)
class Door:
    """Who may issue documents: everybody, or nobody."""

    shut: bool = False

    def require(self, who: SignedOn, permission: Permission) -> None:
        if self.shut or permission is not Permission.ISSUE_DOCUMENT:
            raise NotAllowed("error.not_allowed")


@dataclass(slots=True)
class Room:
    """The documents room of one desk. Another desk on the same database and folder: `another`."""

    store: Store
    keys: Keys
    clock: Clock
    folder: Path
    renderer: Renderer | None = field(default_factory=PlainRenderer)
    door: Door = field(default_factory=Door)

    @property
    def papers(self) -> Papers:
        return Papers(
            store=self.store,
            audit=AuditTrail(self.keys, self.clock),
            staff=self.door,
            vault=Vault(self.keys),
            keys=self.keys,
            renderer=self.renderer,
            folder=self.folder,
            clock=self.clock,
        )

    def issue(
        self,
        serial: str = SERIAL,
        kind: DocumentKind = DocumentKind.BILL_RECEIPT,
        who: SignedOn = TELLER,
        **changes: Any,
    ) -> DocumentView:
        def paper_of(number: str, verify_code: str, printed_at: datetime) -> BillPaper:
            return paper(number, verify_code, printed_at, **{"serial": serial, "kind": kind, **changes})

        return self.papers.issue(who, paper_of, kind=kind, serial=serial)

    def rows(self) -> list[RowMapping]:
        with self.store.read() as session:
            return list(session.execute(select(DOCUMENT).order_by(DOCUMENT.c.number)).mappings())

    def audited(self) -> list[tuple[str, str, str]]:
        """Who did what to which document, in order; the chain holds."""
        with self.store.read() as session:
            assert AuditTrail(self.keys, self.clock).verify(session) is None
            asked = select(AUDIT.c.person, AUDIT.c.action, AUDIT.c.subject).order_by(AUDIT.c.id)
            return [tuple(row) for row in session.execute(asked)]  # type: ignore[misc]

    def files(self) -> list[str]:
        """Every name in the folder, hidden ones too."""
        return sorted(path.name for path in self.folder.iterdir())
