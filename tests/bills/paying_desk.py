"""What tests of the payment flow have in common."""

from __future__ import annotations

from support.counter import Counter

from tellerdesk.journal.states import Word


def one_way(counter: Counter, word: Word) -> None:
    """What the books must say for a word, by serial: both counterparts' ledgers against the journal and the till."""
    for core_leg in counter.core.effects:
        view = counter.payments.payment(core_leg.split("-")[0])
        assert view.word in {Word.PAID, Word.PROCESSING}, "core holds money of a payment that is said not to stand"
    if word is Word.PAID:
        assert list(counter.core.effects.values()) == list(counter.biller.effects.values())
    if word in {Word.FAILED, Word.REVERSED}:
        assert counter.core.effects == {}
        assert counter.biller.effects == {}


def serials(counter: Counter) -> list[str]:
    from sqlalchemy import select

    from tellerdesk.journal.entries import ENTRY

    return [row[0] for row in counter.read(select(ENTRY.c.serial).order_by(ENTRY.c.id))]
