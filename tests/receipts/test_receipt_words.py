"""The words on the paper: the same keys in both languages, all of them used, none missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import receipts
from receipts import labels
from tellerdesk.errors import DocumentFailed
from tellerdesk.i18n import LANGUAGES, LOCALE_FOLDER

KEY = re.compile(r'"((?:paper|receipt|slip|seal|cancel|refunded)\.[a-z_.]+)"')


def catalogue(language: str) -> dict[str, str]:
    with (LOCALE_FOLDER / language / "LC_MESSAGES" / "receipts.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file, abort_invalid=True) if entry.id}


def keys_in_source() -> set[str]:
    sources = Path(receipts.__file__).parent.glob("*.py")
    return {key for source in sources for key in KEY.findall(source.read_text("utf-8"))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated_and_used(language: str) -> None:
    entries = catalogue(language)
    assert set(entries) == keys_in_source()
    assert [key for key, words in entries.items() if not words.strip()] == []


def test_both_languages_fill_the_same_places() -> None:
    chinese, english = catalogue("zh_CN"), catalogue("en")
    one_language_only = {"paper.printed"}  # one instant for both, said once
    for key in set(chinese) - one_language_only:
        assert re.findall(r"\{\w+\}", chinese[key]) == re.findall(r"\{\w+\}", english[key])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_customer_paper_speaks_of_reversal(language: str) -> None:
    for words in catalogue(language).values():
        assert "冲正" not in words
        assert "revers" not in words.lower()


def test_a_missing_word_stops_the_paper_instead_of_showing_its_key() -> None:
    for said in (labels.zh, labels.en):
        with pytest.raises(DocumentFailed, match=r"receipt\.no_such_word"):
            said("receipt.no_such_word")
