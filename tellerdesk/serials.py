"""Serial numbers that sort by time, can be read aloud and are unique across branches.

A channel serial is 22 digits: date (8) + branch (4) + till (2) + sequence (8). The date is the desk's calendar date and
the sequence comes from the store, both fixed in the commit that first writes the transaction.
A leg id is the channel serial, the kind of leg and the attempt: it is the counterpart's idempotency key.
"""

from __future__ import annotations

from datetime import date

SERIAL_LENGTH = 22


def channel_serial(day: date, branch_no: str, till_no: str, sequence: int) -> str:
    """Raises ValueError where a part does not fit its width."""
    if len(branch_no) != 4 or len(till_no) != 2 or not (branch_no + till_no).isascii():
        raise ValueError((branch_no, till_no))
    if not 0 < sequence < 10**8:
        raise ValueError(sequence)
    return f"{day:%Y%m%d}{branch_no}{till_no}{sequence:08d}"


def leg_id(serial: str, kind_code: str, attempt: int) -> str:
    """ "20261122071207" + "00000001", "CP", 1 -> "2026112207120700000001-CP-1"."""
    return f"{serial}-{kind_code}-{attempt}"


def spoken(serial: str) -> str:
    """A serial grouped as it is read aloud: 20261122 0712 07 00000001."""
    return f"{serial[:8]} {serial[8:12]} {serial[12:14]} {serial[14:]}".strip()
