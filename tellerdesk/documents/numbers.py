"""Document numbers, and the code on paper that proves one."""

from __future__ import annotations

import hmac
from datetime import date

from sqlalchemy import Connection, Date, bindparam, text

_NEXT = text(  # the same words on both databases; on PostgreSQL the row stays locked until the transaction ends
    "INSERT INTO documents_sequence (day, branch_no, last) VALUES (:day, :branch_no, 1) "
    "ON CONFLICT (day, branch_no) DO UPDATE SET last = documents_sequence.last + 1 RETURNING last"
).bindparams(bindparam("day", type_=Date))


def next_number(connection: Connection, day: date, branch_no: str) -> str:
    """The branch's next document number of a calendar day: 20261122-0712-000001.

    It is taken in the caller's transaction: where that does not commit, the next caller gets the same number.
    """
    sequence = int(connection.execute(_NEXT, {"day": day, "branch_no": branch_no}).scalar_one())
    return f"{day:%Y%m%d}-{branch_no}-{sequence:06d}"


def verify_code(key: bytes, *, number: str, serial: str, amount_fen: int, accounting_date: date | None) -> str:
    """Twelve hex digits only the bank can make for just this number, serial, amount and accounting date (none where
    core has not told it): the first six bytes of an HMAC-SHA256, as printed: 0A1B-2C3D-4E5F."""
    day = "" if accounting_date is None else accounting_date.isoformat()
    told = f"{number}|{serial}|{amount_fen}|{day}"
    code = hmac.digest(key, told.encode(), "sha256").hex()[:12].upper()
    return "-".join(code[start : start + 4] for start in range(0, 12, 4))
