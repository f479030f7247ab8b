"""Rules of the house that no import contract can see."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from tellerdesk.audit.views import Damage
from tellerdesk.bills.commands import CancelReason, Method
from tellerdesk.desk import ROOMS
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.journal.states import CashReturn
from tellerdesk.refunds.states import LEGS as REFUND_LEGS
from tellerdesk.refunds.states import RefundCause
from tellerdesk.search.export import VOUCHER_COLUMNS
from tellerdesk.staff.permissions import declared, undeclared
from tellerdesk.staff.states import MAY, Permission, PowerCause
from tests.audit.action_words import actions_in_code

ROOT = Path(__file__).parents[2]
SLOW = (
    "sqlalchemy",
    "sqlmodel",
    "httpx",
    "reportlab",
    "alembic",
    "fastapi",
    "pydantic_settings",
    "psycopg",
    "babel",
    "pypinyin",
)
FIRST_FRAME = """
import asyncio, sys, threading
from pathlib import Path
import tellerdesk.__main__
from screens.app import TellerApp
from tellerdesk import config
hold = threading.Event()
def opener():
    hold.wait(20)
    raise SystemExit
async def main():
    app = TellerApp(config.front(Path(sys.argv[1])), opener)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        print(",".join(name for name in sys.argv[2].split(",") if name in sys.modules))
        hold.set()
asyncio.run(main())
"""

SETTINGS = """
[bank]
name_zh = "示例银行"
name_en = "Sample Bank"
[desk]
branch_no = "0712"
branch_zh = "深圳南山支行"
branch_en = "Nanshan"
till_no = "07"
"""


def test_the_first_frame_loads_nothing_slow(tmp_path: Path) -> None:
    (tmp_path / "tellerdesk.toml").write_text(SETTINGS, encoding="utf-8")

    ran = subprocess.run(
        [sys.executable, "-c", FIRST_FRAME, str(tmp_path), ",".join(SLOW)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.stdout.splitlines()[:1] == [""], ran.stdout + ran.stderr


@pytest.mark.parametrize("module", ["tellerdesk.bills.states", "tellerdesk.staff.views", "tellerdesk.documents.views"])
def test_plain_data_loads_nothing_slow(module: str) -> None:
    code = f"import sys, {module}; print([n for n in {SLOW!r} if n in sys.modules])"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__)
def test_every_use_case_declares_its_permission(room: type) -> None:
    assert undeclared(room) == []
    assert declared(room) != {}


def test_every_permission_is_asked_for_or_belongs_to_recovery_alone() -> None:
    asked = {permission for room in ROOMS for permission in declared(room).values()}
    granted = set().union(*MAY.values())

    assert granted - asked <= {Permission.FORCE_SIGN_OFF}, "this one is asked for within sign-on"
    assert Permission.RECOVER not in granted


def test_generated_pages_are_current() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)

    for path, text in generate.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run make docs"


def test_the_readme_gives_a_reason_for_every_library_and_for_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    asked_for = {re.match(r"[a-z0-9-]+", each)[0] for each in wanted} - {"tellerdesk"}  # type: ignore[index]
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Libraries")[2].partition("\n## ")[0]
    rows = [row.split(" | ") for row in table.splitlines() if row.startswith("| ")]
    named = {
        name.strip() for _, library, _ in rows[1:] if not library.startswith(("own ", "Noto "))
        for name in re.sub(r"\(.*?\)", "", library).split(",")
    }  # fmt: skip

    assert named == asked_for
    assert all(why.strip(" |") for _, _, why in rows)


# Words

_ID = re.compile(r"(error|advice|word|role|light|leg|leg_state|door|approval\.field|question\.next)(\.[a-z0-9_]+)+")
_MADE_OF_PARTS = {
    "word": ["awaiting", "paid", "processing", "failed", "reversed", "cancelled", "refund_due", "refunded"],
    "role": ["teller", "supervisor", "reconciliation", "auditor", "administrator"],
    "door.staff.state": ["active", "locked", "left"],
    "light": ["unknown", "up", "slow", "down"],
    "leg_state": ["intent", "ok", "rejected", "unknown", "unsent"],
    "leg": [
        *("core_post", "core_inquire", "core_reverse", "core_unpost"),
        *("biller_pay", "biller_inquire", "biller_tombstone", "biller_cancel", "biller_undo"),
        *(kind.lower() for kind in REFUND_LEGS),
    ],
    "door.doctor": ["settings", "keys", "disk", "database", "staff", "journal", "core"],
    "door.books": ["core", "biller", "channel", "till"],
    "error.payment": ["already"],
    "audit.found": ["well", "inside", *(damage.lower() for damage in Damage)],
    "audit.seal": ["row.inside", "row.outside", "altered.inside", "altered.outside", "gone.outside"],
    "audit.action": sorted(actions_in_code()),
    "refund.step": ["suspend", "refund", "pay_out"],
    "refund.cause": [cause.lower() for cause in RefundCause],
    "search.column": list(VOUCHER_COLUMNS),
    "search.method": [method.lower() for method in Method],
    "search.cash_return": [word.lower() for word in CashReturn if word is not CashReturn.NONE],
    "cancel.reason": [reason.lower() for reason in CancelReason],
    "approval.field": ["parameter", "parameter_of", "effective_from", "content_hash", "replaces"],
    "approval.power": [cause.lower() for cause in PowerCause],
    "advice": ["core_rejected.no_answer", "reversed.no_answer"],
}


def ids_in_code() -> set[str]:
    found = {f"{head}.{tail}" for head, tails in _MADE_OF_PARTS.items() for tail in tails}
    for path in (ROOT / "tellerdesk").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ID.fullmatch(node.value):
                found.add(node.value)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_id_has_its_sentence(language: str) -> None:
    say = words(language)

    assert sorted(key for key in ids_in_code() if not say.knows(key)) == []


def test_both_languages_have_the_same_sentences_with_the_same_places() -> None:
    from babel.messages.pofile import read_po

    folder = ROOT / "tellerdesk" / "i18n" / "locale"
    for domain in ("desk", "door", "screens"):  # a receipt speaks both at once and has a test of its own
        told = []
        for language in LANGUAGES:
            with (folder / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
                catalogue = read_po(file, locale=language)
            told.append({entry.id: set(re.findall(r"{(\w+)}", entry.string)) for entry in catalogue if entry.id})
            assert all(entry.string for entry in catalogue if entry.id), domain
        assert told[0].keys() == told[1].keys(), domain
        assert {key: places for key, places in told[0].items() if places != told[1][key]} == {}, domain


def test_no_sentence_is_left_over() -> None:
    from babel.messages.pofile import read_po

    used = ids_in_code()
    for domain in ("desk", "door"):
        path = ROOT / "tellerdesk" / "i18n" / "locale" / "en" / "LC_MESSAGES" / f"{domain}.po"
        screens = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "screens").rglob("*.py"))
        with path.open("rb") as file:
            known = {str(entry.id) for entry in read_po(file, locale="en") if entry.id}
        assert sorted(key for key in known - used if repr(key).replace("'", '"') not in screens) == []
