"""Whatever is written into the audit has a word for people, in both languages."""

from __future__ import annotations

import pytest

from tellerdesk.approvals.states import ApprovalAction
from tellerdesk.doctor.sheet import cells
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.staff.states import StaffAction
from tests.audit.action_words import actions_in_code, calls_without_a_word


def test_the_words_are_found_where_they_are_written() -> None:
    found = actions_in_code()
    assert {*StaffAction, *ApprovalAction, "till.opened", "payment.submitted", "audit.exported"} <= found
    assert {"document.issued", "document.changed"} <= found


def test_no_call_hides_its_word() -> None:
    # In the staff room the word comes from the caller, who takes it from StaffAction.
    assert [call for call in calls_without_a_word() if not call.endswith(" failed")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_has_its_word(language: str) -> None:
    say = words(language)
    assert sorted(word for word in actions_in_code() if not say.knows(f"audit.action.{word}")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_actions_have_one_word(language: str) -> None:
    told = [words(language)(f"audit.action.{word}") for word in actions_in_code()]
    assert len(told) == len(set(told))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_fits_its_column_on_the_narrowest_screen(language: str) -> None:
    told = {word: cells(words(language)(f"audit.action.{word}")) for word in actions_in_code()}
    assert {word: width for word, width in told.items() if width > 26} == {}
