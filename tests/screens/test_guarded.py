"""What Textual would let out, and what must not be loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import screens
from screens.environment import scrub_environment
from screens.opening import KeyPause, open_desk
from screens.themes import CONTRAST, QUIET, SIXTEEN, first_theme
from tests.screens.counter import acted, at_the_counter
from tests.screens.stand_in import PASSWORD

SCREENS = Path(screens.__file__).parent
ALLOWED = {
    "textual", "rich", "stdnum", "screens", "tellerdesk.approvals.commands", "tellerdesk.approvals.states",
    "tellerdesk.approvals.views", "tellerdesk.audit.days", "tellerdesk.audit.views",
    "tellerdesk.parameters.states", "tellerdesk.billers.states",
    "tellerdesk.errors", "tellerdesk.config",
    "tellerdesk.money", "tellerdesk.text", "tellerdesk.serials", "tellerdesk.clock", "tellerdesk.i18n",
    "tellerdesk.staff.commands", "tellerdesk.staff.views", "tellerdesk.staff.states", "tellerdesk.till.commands",
    "tellerdesk.till.views", "tellerdesk.bills.commands", "tellerdesk.bills.views", "tellerdesk.documents.views",
    "tellerdesk.bills", "tellerdesk.bills.states", "tellerdesk.refunds", "tellerdesk.refunds.commands",
    "tellerdesk.refunds.views", "tellerdesk.refunds.states", "tellerdesk.questions", "tellerdesk.questions.commands",
    "tellerdesk.questions.views", "tellerdesk.questions.states", "tellerdesk.today.views",
    "tellerdesk.bills.basket_commands", "tellerdesk.bills.basket_views", "tellerdesk.search.commands",
    "tellerdesk.search.states", "tellerdesk.search.views",
    "tellerdesk.journal.states", "tellerdesk.links.lights", "tellerdesk.staff.temporary", "segno",
}  # fmt: skip
HEAVY = (
    "sqlalchemy", "sqlmodel", "pydantic", "pydantic_settings", "httpx", "reportlab", "alembic", "psycopg",
    "cryptography", "structlog", "typer", "tellerdesk.desk", "tellerdesk.store", "tellerdesk.bills.payment",
)  # fmt: skip


@pytest.mark.parametrize("path", sorted(SCREENS.rglob("*.py")), ids=lambda path: path.name)
def test_screens_import_nothing_but_leaves_commands_views_and_states(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names:
                assert top in ALLOWED or name in ALLOWED, (path.name, name)


def test_the_first_frame_loads_nothing_heavy() -> None:
    code = f"import sys, screens.app, screens.run; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_way_in_does_not_import_textual_before_the_environment_is_scrubbed() -> None:
    code = "import sys, screens.run; print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_textual_variables_are_removed_and_a_browsers_own_driver_is_kept() -> None:
    environ = {"TEXTUAL": "debug", "TEXTUAL_LOG": "keys", "TEXTUAL_PRESS": "f10", "TEXTUAL_DRIVER": "evil:Driver",
               "TEXTUAL_SCREENSHOT": "1", "TERM": "xterm"}  # fmt: skip
    assert len(scrub_environment(environ)) == 5
    assert environ == {"TERM": "xterm"}
    web = {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "TEXTUAL_FPS": "60", "TEXTUAL_LOG": "x"}
    assert scrub_environment(web) == ["TEXTUAL_LOG"]


def test_an_unforeseen_exception_ends_the_screens_without_a_word_of_its_insides(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Exception):
        pass

    @acted
    async def work() -> None:
        async with at_the_counter() as counter:
            gate = counter.desk.hold("pay")
            await counter.to_collect()
            await counter.type("1700")
            await counter.press("f10")
            await counter.until(lambda: counter.desk.entered["pay"].is_set())

            def fall_over() -> None:
                pin = "SECRETPIN9876"
                raise Broken(pin)

            counter.app.call_later(fall_over)
            await counter.until(lambda: counter.app.fault is not None)
            await counter.until(lambda: not counter.app._running)
            assert counter.desk.in_flight() == 1
            gate.set()
            await counter.until(lambda: counter.desk.in_flight() == 0)
            assert len(counter.desk.recents) == 1

    with pytest.raises(Broken):
        work()
    out = capsys.readouterr()
    for text in (out.out, out.err, caplog.text):
        assert "SECRETPIN" not in text
        assert "Traceback" not in text
    assert "Broken" in caplog.text


@acted
async def test_no_palette_no_screenshot_no_clipboard() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.press("ctrl+p", "ctrl+backslash")
        assert counter.app.use_command_palette is False
        counter.app.copy_to_clipboard("x")
        assert counter.app.clipboard == "x"


def test_a_16_colour_terminal_starts_with_colours_it_has() -> None:
    assert first_theme("standard") == SIXTEEN.name
    assert first_theme("truecolor") == first_theme("256") == QUIET.name
    assert CONTRAST.name != QUIET.name


def test_no_color_is_readable_and_says_states_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    @acted
    async def work() -> None:
        async with at_the_counter() as counter:
            await counter.sign_on()
            colours = {
                (segment.style.color, segment.style.bgcolor)
                for strip in counter.app.screen._compositor.render_strips()
                for segment in strip
                if segment.style
            }
            for pair in colours:
                for colour in pair:
                    if colour is not None and colour.triplet is not None:
                        assert max(colour.triplet) - min(colour.triplet) <= 2, colour
            await counter.sees("◐ 水务 慢")

    work()


@acted
async def test_the_terminal_cursor_stands_in_the_field_for_input_methods() -> None:
    async with at_the_counter() as counter:
        entry = counter.app.screen.query_one("#staff-no")
        await counter.until(lambda: counter.app.cursor_position == entry.content_region.offset, "the cursor")
        await counter.type("10")
        moved = entry.content_region.offset.x + 2, entry.content_region.offset.y
        await counter.until(lambda: counter.app.cursor_position == moved, "moved")
        await counter.press("enter")
        field = counter.app.screen.query_one("#password")
        await counter.until(lambda: counter.app.cursor_position == field.content_region.offset, "the next field")
        await counter.type(PASSWORD)


def test_the_loading_thread_stands_aside_while_keys_arrive_but_not_for_ever() -> None:
    pause = KeyPause(quiet_s=30.0, patience_s=30.0)
    told = threading.Event()
    pause.key()
    open_desk(lambda: None, (), pause, lambda desk, error: told.set())  # type: ignore[arg-type, return-value]
    assert not told.wait(0.05)
    told = threading.Event()
    pause = KeyPause(quiet_s=0.02, patience_s=0.05)
    pause.key()
    open_desk(lambda: None, (), pause, lambda desk, error: told.set())  # type: ignore[arg-type, return-value]
    assert told.wait(10)
