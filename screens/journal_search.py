"""3001: every transaction of the channel, found by whatever is known of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.timer import Timer

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.saying import Say, joined, nothing, says, shown
from screens.search_asking import PAGE, Asker, Lanes, first_found
from screens.search_form import SearchForm
from screens.search_list import COLUMNS, EVERY_BRANCH, Found, Heads, Place, heads, row_of, totals_said
from screens.search_open import StoryOpener
from screens.search_story import advice_said, headline, legs_said, person_said
from screens.search_terms import FIELDS
from screens.search_work import TASKS, Export, SearchWork
from screens.widgets.ledger import Ledger, Row
from screens.widgets.line import Line, Still
from tellerdesk.bills.views import BillerView
from tellerdesk.clock import branch_time
from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import Words
from tellerdesk.search.commands import Cursor, JournalSearch
from tellerdesk.search.views import JournalPage, JournalRow, JournalStory, Revealed, Totals
from tellerdesk.staff.states import MAY, Permission
from tellerdesk.staff.views import SignedOn

STORY_AFTER_S = 0.15
"""So long the cursor rests on a row before its story is read: a held key asks for none."""


class SearchJournal(DeskScreen):
    """Fields above, the rows that match below them, the row under the cursor in short below those. F10 searches, Enter
    opens a row's story; on the list a figure starts one of the tasks that are named under it."""

    CODE = "3001"
    NAME = "tx.3001"
    CSS_PATH: ClassVar = ["task.tcss", "journal_search.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = (
        "help", "back", "choices", "next_pane", "submit", "print", "lock",
    )  # fmt: skip
    BINDINGS: ClassVar = [
        *bindings("choices", "again", "submit", "print", "page_up", "page_down"),
        Binding("f6", "next_pane", show=False),  # Tab goes from field to field
        *(Binding(str(at), f"start('{task}')", show=False) for at, task in enumerate(TASKS, 1)),
    ]
    PAGE = HelpPage(
        what="help.search",
        fields=tuple((f"search.{name}", f"help.search.{name}") for name in FIELDS),
        wrong=("help.search.none", "help.search.masked", "help.search.sort", "help.search.export"),
        keys=(
            ("choices", "help.search.key.choices"),
            ("next_pane", "help.search.key.next_pane"),
            ("submit", "help.search.key.submit"),
            ("print", "help.search.key.print"),
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self.like = JournalSearch()
        """How the rows are sorted."""
        self.asked: JournalSearch | None = None
        """What the rows on the screen were found by."""
        self._place = Place()
        self._totals: Totals | None = None
        self._story: JournalStory | None = None
        self._revealed: Revealed | None = None
        self._rest: Timer | None = None
        self._typed = False
        lanes = Lanes()
        self._rows, self._counts, self._stories, self._opens = (Asker(self, lanes) for _ in range(4))
        self._opener = StoryOpener(self, self._opens)
        self.work = SearchWork(self)

    def compose_body(self) -> ComposeResult:
        every = self._may(Permission.SEARCH_EVERY_BRANCH)
        columns = EVERY_BRANCH if every else COLUMNS
        self.form = SearchForm(every_branch=every, id="form")
        self.list = Found(columns, id="found")
        yield self.form
        yield Still(self._tasks_said, id="tasks")
        yield Still(self._place_said, id="place")
        yield Heads(columns, id="heads", gap=1)
        yield self.list
        yield Still(self._row_said, id="row")

    def on_mount(self) -> None:
        self.query_one("#heads", Heads).show((heads(),))
        self.form.know(today=self._today, billers=self.desk_app.billers or None)
        self.form.focus_on("anything")
        self.set_interval(1.0, self._tell_waiting)
        who = self.desk_app.who
        if who is not None and not self.desk_app.billers and self._may(Permission.LOOK_UP_BILL):
            self.look(lambda desk: desk.bills.billers(who), self._billers_seen, self.failed_quietly)
        self.find()

    def _billers_seen(self, billers: tuple[BillerView, ...]) -> None:
        self.desk_app.billers = billers
        self.form.know(today=self._today, billers=billers)

    @property
    def _today(self) -> date:
        return branch_time(self.desk_app.clock.now()).date()

    def _may(self, permission: Permission) -> bool:
        who = self.desk_app.who
        return who is not None and permission in MAY[who.role]

    # -- searching

    def find(self) -> None:
        """The first rows of what the fields ask for."""
        who = self.desk_app.who
        self.form.know(today=self._today)
        if who is None or not (searches := self.form.searches(self.like)):
            return
        self._typed = False
        begun = self.asked is not None
        stay = self.list.current if searches == (self.asked,) else None
        self._counts.give_up()

        def seen(found: tuple[JournalSearch, JournalPage]) -> None:
            self.asked, page = found
            self._totals = None
            self._show(page, step=0, stay=stay)
            self._count(who)
            if begun and page.rows and not self._typed:
                self.list.focus()

        self._wait()
        self._rows.ask(lambda desk: first_found(desk, who, searches), seen, self._not_found)

    def take(self, search: JournalSearch) -> None:
        """Has the fields ask for a search that was kept, and searches."""
        self.like = JournalSearch(sort=search.sort, ascending=search.ascending)
        self.form.put(search)
        self.find()

    def _count(self, who: SignedOn) -> None:
        asked = self.asked
        if asked is not None:
            self._tell_totals()
            self._counts.ask(lambda desk: desk.search.totals(who, asked), self._counted, self.failed_quietly)

    def _counted(self, totals: Totals) -> None:
        self._totals = totals
        self._tell_totals()

    def _turn(self, cursor: Cursor | None, step: int) -> None:
        """The page after (or before) the one on the screen."""
        who, asked = self.desk_app.who, self.asked
        if who is None or asked is None or self._rows.waits:
            return
        if cursor is None:
            self.note(says("search.last" if step > 0 else "search.first"))
            return

        def seen(page: JournalPage) -> None:
            self._show(page, step=step)

        self._wait()
        self._rows.ask(lambda desk: desk.search.page(who, asked, cursor, PAGE), seen, self._not_found)

    def _wait(self) -> None:
        self._asked_at = self.desk_app.clock.monotonic()
        self._tell_waiting()

    def _tell_waiting(self) -> None:
        """Looks that take long say so, and that nobody has to wait for them."""
        if self._rows.waits:
            waited = int(self.desk_app.clock.monotonic() - self._asked_at)
            self.note(says("search.waiting", waited=waited))

    def _not_found(self, error: TellerDeskError) -> None:
        self.note()
        if self.asked is not None:
            self.like = replace(self.like, sort=self.asked.sort, ascending=self.asked.ascending)
        if not self.form.complain(error):
            self.complain(error)

    def give_up(self) -> None:
        """What is still searched counts for nothing."""
        self._rows.give_up()
        self._counts.give_up()
        self._tell_totals()
        self.note(says("search.given_up"))

    # -- what is shown

    def _show(self, page: JournalPage, *, step: int, stay: str | None = None) -> None:
        self.note()
        self._place.show(page, step=step)
        every = self._may(Permission.SEARCH_EVERY_BRANCH)
        self.list.show(row_of(row, every_branch=every) for row in page.rows)
        if stay is None:
            self.list.cursor = max(len(page.rows) - 1, 0) if step < 0 else 0
        self.query_one("#place", Line).speak()
        self._point()

    def _tell_totals(self) -> None:
        self.query_one("#steps", Line).show(totals_said(self._totals, waits=self._counts.waits))

    def _place_said(self, words: Words) -> Content:
        if self.asked is None:
            return nothing(words)
        order = f"search.sort.{self.asked.sort.value.lower()}.{'up' if self.asked.ascending else 'down'}"
        more = says("search.place.more") if self._place.page.next is not None else nothing
        parts = [self._place.say(), self._place.days(self._today), says(order), more]
        return joined(parts, " · ")(words)

    def _tasks_said(self, words: Words) -> Content:
        parts = [
            joined([shown(str(at), "bold $accent"), says(f"search.task.{task}")]) for at, task in enumerate(TASKS, 1)
        ]
        return joined(parts, "  ")(words)

    @property
    def row(self) -> JournalRow | None:
        """The row under the cursor."""
        rows, at = self._place.page.rows, self.list.cursor
        return rows[at] if at < len(rows) else None

    def _point(self) -> None:
        """The row under the cursor in short; its story once the cursor rests. Nothing in clear outlasts a move."""
        self._story = self._revealed = None
        self._stories.give_up()
        if self._rest is not None:
            self._rest.stop()
        self._tell_row()
        if self.row is not None:
            self._rest = self.set_timer(STORY_AFTER_S, self._read_story)

    def _read_story(self) -> None:
        who, row = self.desk_app.who, self.row
        if who is not None and row is not None and not self.desk_app.locked:
            self._stories.ask(lambda desk: desk.search.story(who, row.serial), self._story_read, self.failed_quietly)

    def _story_read(self, story: JournalStory) -> None:
        if self.row is not None and self.row.serial == story.row.serial:
            self._story = story
            self._tell_row()

    def reveal(self, revealed: Revealed) -> None:
        """Shows in clear whose the row under the cursor is; an answer for another row, or behind the lock, shows
        nothing."""
        if self.row is not None and self.row.serial == revealed.serial and not self.desk_app.locked:
            self._revealed = revealed
            self._tell_row()

    def on_screen_suspend(self) -> None:
        if self.desk_app.locked:
            self._revealed = None
            self._tell_row()

    def _tell_row(self) -> None:
        self.query_one("#row", Still).speak()

    def _row_said(self, words: Words) -> Content:
        """The row under the cursor: what it is, whose, and once its story is read what to do now and every step."""
        row = self.row
        if row is None:
            return Content.empty()
        short = self.has_class("-short")
        gap = "" if short else "\n"
        told = [joined([headline(row), person_said(row, self._revealed)], "\n")]
        if self._story is not None:
            told += [advice_said(self._story), legs_said(self._story, short=short)]
        return joined(told, f"\n{gap}")(words)

    # -- the list

    def on_ledger_moved(self, event: Ledger.Moved) -> None:
        event.stop()
        self._point()

    def on_found_beyond(self, event: Found.Beyond) -> None:
        event.stop()
        page = self._place.page
        self._turn(page.previous if event.backward else page.next, -1 if event.backward else 1)

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        event.stop()
        self._open()

    def _open(self) -> None:
        """The story of the row under the cursor."""
        if self.row is not None and not self.refuse_while_busy():
            self._opener.open(self.row)

    # -- keys

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self.set_class(self.list.has_focus, "-rows")
        self.refresh_keys()

    def on_search_form_complete(self, event: SearchForm.Complete) -> None:
        event.stop()
        self.find()

    def on_search_form_to_rows(self, event: SearchForm.ToRows) -> None:
        event.stop()
        self.list.focus()

    def on_search_form_typed(self, event: SearchForm.Typed) -> None:
        event.stop()
        self._typed = True

    def on_search_form_wants_branches(self, event: SearchForm.WantsBranches) -> None:
        event.stop()
        who = self.desk_app.who
        if who is not None:
            self._opens.ask(lambda desk: desk.search.branches(who), self._branches_seen, self.failed_quietly)

    def _branches_seen(self, branches: tuple[str, ...]) -> None:
        if self.is_active and branches:
            self.form.choose("branch_no", tuple(Row(each, (shown(each), nothing)) for each in branches))

    def on_export_progress(self, event: Export.Progress) -> None:
        event.stop()
        self.work.export.told(event.rows)

    def key_label(self, name: str) -> Say:
        own = {"submit": "search.key.find", "print": "trail.key.export", "choices": "search.key.more"}
        if name == "choices" and not self.list.has_focus:
            return says("key.choices")
        if name == "next_pane":
            return says("search.key.fields" if self.list.has_focus else "search.key.list")
        return says(own.get(name, f"key.{name}"))

    def action_start(self, task: str) -> None:
        self.work.start(task)

    def action_choices(self) -> None:
        """What the field takes; on the list the tasks."""
        if not self.form.here or not self.form.open_list(self.form.here):
            self.work.list_tasks()

    def action_submit(self) -> None:
        self.find()

    def action_again(self) -> None:
        self.find()

    def action_print(self) -> None:
        self.work.start("export")

    def action_next_pane(self) -> None:
        if self.list.has_focus:
            self.form.focus_on("anything")
        else:
            self.list.focus()

    def action_page_up(self) -> None:
        self.list.action_page(-1)

    def action_page_down(self) -> None:
        self.list.action_page(1)

    def refuse_while_busy(self) -> bool:
        """A file that is being written is finished or stopped first."""
        if self.work.export.running:
            self.note(says("search.export.stay"), "warn")
            self.app.bell()
        return self.work.export.running

    def action_cancel(self) -> None:
        """Gives up what is waited for; from the list back to the fields; from there home."""
        if self.work.export.running:
            self.work.export.stop()
        elif self._rows.waits:
            self.give_up()
        elif self.list.has_focus:
            self.form.focus_on("anything")
        else:
            self.action_back()
