"""One table of keys, one of transactions: every key works, has a second way, and fits."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import screens
from screens.actions import ACTIONS
from screens.app import TellerApp
from screens.base import DeskScreen
from screens.frame import KeyBar
from screens.saying import width_of
from screens.transactions import GROUPS, TRANSACTIONS, matching, offered
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.staff.states import Role
from tests.screens.counter import acted, at_the_counter

TAKEN = {f"ctrl+{letter}" for letter in "abcdehijkmntuvwxz"}
"""Chords a terminal, a browser, tmux or a text field wants for itself."""

for _module in pkgutil.iter_modules(screens.__path__):
    importlib.import_module(f"screens.{_module.name}")


def _leaves(kind: type[DeskScreen]) -> list[type[DeskScreen]]:
    below = kind.__subclasses__()
    return [leaf for under in below for leaf in _leaves(under)] if below else [kind]


def _kinds() -> list[type[DeskScreen]]:
    """Every screen a person can stand before: what others are built on is not one."""
    return sorted(_leaves(DeskScreen), key=lambda kind: kind.__name__)


def test_every_f_key_has_a_second_way() -> None:
    for action in ACTIONS.values():
        if action.keys[0].startswith("f"):
            assert len(action.keys) > 1 or action.code, action.name


def test_no_key_means_two_things_and_no_chord_is_taken() -> None:
    keys = [key for action in ACTIONS.values() for key in action.keys]
    assert len(keys) == len(set(keys))
    assert not set(keys) & TAKEN


@pytest.mark.parametrize("kind", _kinds(), ids=lambda kind: kind.__name__)
def test_every_key_a_screen_shows_is_bound_and_does_something(kind: type[DeskScreen]) -> None:
    app_wide = {binding.action for binding in TellerApp._merged_bindings.key_to_bindings["f1"]}  # type: ignore[union-attr]
    assert app_wide == {"help"}
    for name in kind.KEYS:
        holder = kind if hasattr(kind, f"action_{name}") else TellerApp
        assert hasattr(holder, f"action_{name}"), name
        merged = holder._merged_bindings
        assert merged is not None
        for key in ACTIONS[name].keys:
            if key == "tab" or (key == "down" and name == "choices" and kind is DeskScreen):
                continue
            assert any(binding.action == name for binding in merged.key_to_bindings.get(key, ())), (kind, name, key)


@pytest.mark.parametrize("kind", _kinds(), ids=lambda kind: kind.__name__)
def test_every_screen_has_help_in_both_languages(kind: type[DeskScreen]) -> None:
    page = kind.PAGE
    for message_id in (page.what, *page.wrong, *(text for pair in page.fields for text in pair)):
        for language in LANGUAGES:
            assert words(language).knows(message_id), message_id


@pytest.mark.parametrize("language", LANGUAGES)
@acted
async def test_the_key_bar_fits_80_columns_on_every_screen_and_step(language: str) -> None:
    async with at_the_counter(language=language) as counter:

        def fits() -> None:
            bar = counter.app.screen.query_one(KeyBar)
            cells = [content.cell_length for _, content in bar.cells()]
            assert sum(cells) + 2 * (len(cells) - 1) <= 78, bar.cells()

        fits()
        await counter.sign_on()
        fits()
        await counter.start("2001")
        fits()
        await counter.look_up()
        await counter.until(lambda: counter.screen.has_class("-bill"))
        fits()
        await counter.press("enter")
        fits()
        await counter.type("1700")
        await counter.press("f10")
        await counter.outcome()
        fits()
        await counter.press("enter", "enter", "f9")
        fits()


@acted
async def test_a_click_on_a_key_is_the_key() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        at = counter.text().splitlines()[-1].index("F11")
        await counter.pilot.click(KeyBar, offset=(width_of(counter.text().splitlines()[-1][:at]) + 1, 0))
        await counter.sees("Transaction")


def test_every_transaction_opens_or_acts_and_says_its_name_in_both_languages() -> None:
    for transaction in TRANSACTIONS:
        assert transaction.group in GROUPS
        assert bool(transaction.screen) != bool(transaction.action)
        if transaction.screen:
            assert transaction.code == transaction.make().CODE
        for language in LANGUAGES:
            assert words(language).knows(transaction.name)


def test_codes_are_four_digits_and_unique() -> None:
    codes = [transaction.code for transaction in TRANSACTIONS]
    assert len(codes) == len(set(codes))
    assert all(len(code) == 4 and code.isdigit() for code in codes)


def test_an_auditor_is_offered_the_journal_staff_and_audit_and_what_everyone_may() -> None:
    codes = {"3001", "3002", "7002", "7003", "7004", "1002", "1003"}
    assert {transaction.code for transaction in offered(Role.AUDITOR)} == codes


def test_an_exact_code_means_one_transaction() -> None:
    assert [transaction.code for transaction in matching("2001", TRANSACTIONS)] == ["2001"]
    assert matching("", TRANSACTIONS) == ()
