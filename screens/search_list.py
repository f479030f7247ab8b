"""The rows of a journal search: a transaction in the columns there is room for, and what it is called."""

from __future__ import annotations

from datetime import date

from textual.message import Message

from screens.saying import Say, joined, money, nothing, said, says, shown
from screens.widgets.ledger import Column, Ledger, Row
from screens.wording import WORD_MARK, WORD_STYLE, number_said, word_said
from tellerdesk.clock import branch_time
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.search.views import JournalPage, JournalRow, Totals
from tellerdesk.serials import spoken

WIDE = 100

HEADS = ("at", "serial", "serial", "biller", "consumer", "name", "amount", "word", "teller")

COLUMNS = (
    Column(11),
    Column(11, below=WIDE),
    Column(25, from_width=WIDE),
    Column(0),
    Column(17, from_width=WIDE),
    Column(8),
    Column(12, "right"),
    Column(12),
    Column(4),
)
"""Where it is narrow the end of a serial stands there, which tells the rows of a branch apart."""

EVERY_BRANCH = (*COLUMNS[:1], Column(16, below=WIDE), *COLUMNS[2:])
"""With the branch's number in every serial."""


class Heads(Ledger, can_focus=False):
    """What the columns are called, in the same columns."""

    def action_choose(self) -> None:
        """A click here chooses nothing."""


class Found(Ledger):
    """The rows of one page. At its ends it asks for the page before or after."""

    def __init__(self, columns: tuple[Column, ...], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(columns, id=id, gap=1)

    class Beyond(Message):
        """The cursor was to go beyond the first or the last row."""

        def __init__(self, *, backward: bool) -> None:
            super().__init__()
            self.backward = backward

    def action_move(self, by: int) -> None:
        last = len(self.rows) - 1
        if self.rows and abs(by) <= last + 1 and ((by < 0 and self.cursor == 0) or (by > 0 and self.cursor == last)):
            self.post_message(self.Beyond(backward=by < 0))
        else:
            super().action_move(by)

    def action_page(self, pages: int) -> None:
        last = len(self.rows) - 1
        if self.rows and ((pages < 0 and self.cursor == 0) or (pages > 0 and self.cursor == last)):
            self.post_message(self.Beyond(backward=pages < 0))
        else:
            super().action_page(pages)


def heads(columns_said: tuple[str, ...] = HEADS, room: str = "search") -> Row:
    return Row("", tuple(says(f"{room}.head.{part}", "$secondary") for part in columns_said))


def row_of(row: JournalRow, *, every_branch: bool = False) -> Row:
    made = branch_time(row.made_at)
    whole = spoken(row.serial)
    return Row(
        row.serial,
        (
            shown(f"{made:%m-%d %H:%M}"),
            shown(whole[9:] if every_branch else whole[14:]),
            shown(whole),
            said(row.biller),
            shown(number_said(row.consumer_no)),
            shown(row.customer_name),
            money(row.amount_fen),
            outcome_said(row),
            shown(row.teller_no),
        ),
    )


def outcome_said(row: JournalRow) -> Say:
    """The sign and the word. Where cash is still owed to the customer, that is what is said."""
    if row.cash_return is CashReturn.DUE:
        return joined([shown("!", "bold $warning"), says("home.cash_due", "bold $warning")])
    return word_marked(row.word)


def word_marked(word: Word) -> Say:
    """A word with its sign."""
    said_as = says("search.awaiting", WORD_STYLE[word]) if word is Word.AWAITING else word_said(word)
    return joined([shown(WORD_MARK[word], WORD_STYLE[word]), said_as])


class Place:
    """Which rows of all those found are on the screen, as far as that is known: rows that were written meanwhile move
    the count, and then nothing is claimed."""

    def __init__(self) -> None:
        self._before: int | None = 0
        self.page = JournalPage((), None, None, None, None)

    def show(self, page: JournalPage, *, step: int) -> None:
        """`step`: 0 for the first page, 1 for the one after what was shown, -1 for the one before."""
        before = self._before
        if step == 0 or page.previous is None:
            self._before = 0
        elif before is None:
            self._before = None
        elif step > 0:
            self._before = before + len(self.page.rows)
        else:
            before -= len(page.rows)
            self._before = before if before > 0 else None
        self.page = page

    def say(self) -> Say:
        rows = len(self.page.rows)
        if not rows:
            return says("search.none")
        if self._before is None:
            return says("search.place.unknown", rows=rows)
        return says("search.place", first=self._before + 1, last=self._before + rows)

    def days(self, today: date) -> Say:
        """The days that were really searched."""
        since, until = self.page.since, self.page.until
        if since is None and until is None:
            return says("search.days.all")
        if since == until and since is not None:
            return shown(f"{since}")
        if since is None or until is None:
            return says("search.means.between", since=str(since or "…"), until=str(until or today))
        return says("search.means.between", since=str(since), until=str(until))


def totals_said(totals: Totals | None, *, waits: bool) -> Say:
    """Count and sum; where there are more than were counted, that, and no sum that would be too small."""
    if totals is None:
        return says("search.counting") if waits else nothing
    if totals.at_least:
        return says("search.at_least", count=f"{totals.count:,}")
    total = joined([says("search.sum"), money(totals.sum_fen, "bold $foreground"), says("unit.yuan")])
    return joined([says("search.count", count=f"{totals.count:,}"), total], "   ")
