"""Billers' files as tests write them: the electricity's, or another shipped one, with a line exchanged."""

from __future__ import annotations

from pathlib import Path

from tellerdesk.billers.catalogue import SHIPPED

SEVENTH = """\
# A campus card: topped up in whole yuan.
code = "1701"
initials = ["xyk"]

[name]
zh_CN = "粤海大学校园卡"
en = "Yuehai University Campus Card"

[short_name]
zh_CN = "校园卡"
en = "Campus card"

[item]
zh_CN = "校园卡充值"
en = "Campus card top-up"

[consumer]
label = { zh_CN = "学号", en = "Student no." }
pattern = "S[0-9]{9}"
length = 10
example = "S202612345"
personal = false

[[fields]]
key = "campus"
label = { zh_CN = "校区", en = "Campus" }
pattern = "(YH|LG)"
length = 2
example = "YH"

[amount]
rule = "RULE"
BOUNDS
[deadlines]
query_s = 5.0
pay_s = 8.0
inquire_s = 4.0

[capabilities]
dedupe = true
inquiry = true
tombstone = true
message_validity_s = 0

[refusals]
codes = ["NO_SUCH_CONSUMER", "NOTHING_OWED", "AMOUNT_MISMATCH", "AMOUNT_NOT_ALLOWED", "REFERENCE_EXPIRED", "TOMBSTONED"]

[accounts]
internal = "IN-1701"
settlement = "ST-1701"
"""

SIX = ("1101", "1201", "1202", "1301", "1401", "1501")
"""The billers that come along."""


def seventh(folder: Path, rule: str = "EXACT", bounds: str = "") -> Path:
    """The file of a biller nobody has written a line of code for."""
    path = folder / "1701.toml"
    path.write_text(SEVENTH.replace("RULE", rule).replace("BOUNDS", bounds), encoding="utf-8")
    return path


def changed(folder: Path, *exchanges: tuple[str, str], of: str = "1101") -> Path:
    """A shipped file with pieces of text exchanged, each of which must be there."""
    text = (SHIPPED / f"{of}.toml").read_text(encoding="utf-8")
    for old, new in exchanges:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / f"{of}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, piece: str) -> int:
    """The line the first `piece` stands in."""
    text = path.read_text(encoding="utf-8")
    return text[: text.index(piece)].count("\n") + 1
