"""A seventh biller is a file: the sandbox plays it from its catalogue entry, and no line of code knows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tellerdesk.errors import BadSetup
from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts import biller
from tellerdesk.sandbox import books
from tellerdesk.sandbox.guests import guest
from tellerdesk.sandbox.process import SandboxProcess
from tests.sandbox.asking import DAY, Counterparts, new_secrets, new_serial, payment, posting

FILE = """
code = "1701"
name = { zh_CN = "城南有线电视", en = "South City Cable" }
short_name = { zh_CN = "有线", en = "Cable" }
item = { zh_CN = "收视费", en = "Cable fee" }

[consumer]
label = { zh_CN = "智能卡号", en = "Card no." }
pattern = "C[0-9]{8}"
length = 9
example = "C00012345"
personal = false

[amount]
rule = "PART_OLDEST_FIRST"

[hours]
open = "01:00"
close = "01:01"

[deadlines]
query_s = 5.0
pay_s = 8.0
inquire_s = 4.0

[capabilities]
dedupe = true
inquiry = false
tombstone = true
message_validity_s = 0

[refusals]
codes = ["NO_SUCH_CONSUMER", "NOTHING_OWED", "AMOUNT_TOO_LARGE"]

[accounts]
internal = "IN-CABLE"
settlement = "ST-CABLE"
"""


def test_a_biller_somebody_brings_is_played_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "cable.toml"
    file.write_text(FILE, encoding="utf-8")
    keys = new_secrets("1701")
    with SandboxProcess(tmp_path / "books", keys, guests={"1701": file}, opening_date=DAY) as process:
        cable, serial = Counterparts(process, keys, "1701"), new_serial()
        bill = cable.bill("C00012345")
        posted = cable.post(posting(f"{serial}-CP-1", 5_000, credit_account="IN-CABLE"))
        told = cable.pay(payment(f"{serial}-BP-1", bill, amount_fen=5_000))
        left = cable.bill("C00012345")
        asked = cable.biller.call(biller.INQUIRE, request_id="i", path={"leg_id": f"{serial}-BP-1"})
        state = process.control.state()

    assert (bill.name, bill.total_fen) == ("王晓燕", 9_580)
    assert [(line.period, line.item) for line in bill.lines] == [("2026-09", "收视费"), ("2026-10", "收视费")]
    assert (posted.kind, told.kind) == (AnswerKind.ACCEPTED, AnswerKind.ACCEPTED)
    assert [(line.period, line.amount_fen) for line in left.lines] == [("2026-10", 4_580)]
    assert asked.code == "http-501"
    assert state["capabilities"] == {"1701": {"dedupe": True, "inquiry": False, "tombstone": True, "cancel": False}}
    assert books.biller_flaws(tmp_path / "books", "1701") == []


def test_a_guest_to_be_topped_up_keeps_its_bounds_and_refuses_by_its_own_list(tmp_path: Path) -> None:
    file = tmp_path / "top-up.toml"
    bounds = 'rule = "FREE"\nmin_fen = 500\nmax_fen = 9_000\nstep_fen = 500'
    text = FILE.replace('rule = "PART_OLDEST_FIRST"', bounds).replace('"AMOUNT_TOO_LARGE"', '"E042"')
    file.write_text(text, encoding="utf-8")
    keys = new_secrets("1701")
    with SandboxProcess(tmp_path / "books", keys, guests={"1701": file}, opening_date=DAY) as process:
        there = Counterparts(process, keys, "1701")
        bill = there.bill("C00012345")
        codes = []
        for fen in (9_000, 9_500):
            told = there.pay(payment(f"{new_serial()}-BP-1", bill, amount_fen=fen))
            assert told.body is not None or told.kind is AnswerKind.UNKNOWN
            codes.append(told.code if told.body is not None else told.message.split()[0])

    assert (bill.total_fen, bill.lines, bill.balance_fen) == (0, (), 2_600)
    assert codes == ["", "E042"]
    assert books.biller_balances(tmp_path / "books", "1701") == {"C00012345": 11_600}


@pytest.mark.parametrize(
    ("find", "put"),
    [("[accounts]", "[acounts]"), ('rule = "PART_OLDEST_FIRST"', 'rule = "AS_YOU_LIKE"'), ("[amount]", "[amount")],
)
def test_a_file_that_is_no_good_is_told_and_starts_nothing(tmp_path: Path, find: str, put: str) -> None:
    file = tmp_path / "cable.toml"
    file.write_text(FILE.replace(find, put), encoding="utf-8")
    with pytest.raises(BadSetup):
        guest("1701", file)
    with pytest.raises(BadSetup):
        SandboxProcess(tmp_path / "books", new_secrets("1701"), guests={"1701": file}, opening_date=DAY)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetup):
        guest("1701", tmp_path / "nowhere.toml")
