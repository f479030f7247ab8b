"""What can be done with what was found: sort it, keep the search, take one that was kept, show a person in clear, write
a file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from textual.message import Message

from screens.audit_export import ExportSheet
from screens.choose import Choose
from screens.one_line import OneLine
from screens.saying import Say, says, shown
from screens.search_sheets import Kept, Wish
from screens.widgets.ledger import Column, Row
from tellerdesk.clock import branch_time
from tellerdesk.errors import TellerDeskError
from tellerdesk.search.commands import (
    ExportJournal,
    ExportVouchers,
    ForgetFilter,
    JournalSearch,
    Reveal,
    SaveFilter,
    VoucherDay,
)
from tellerdesk.search.states import Format, Sort
from tellerdesk.search.views import Exported, SavedFilter

if TYPE_CHECKING:
    from screens.base import DeskScreen
    from screens.desk_port import DeskPort
    from screens.journal_search import SearchJournal

T = TypeVar("T")

TASKS = ("sort", "kept", "keep", "reveal", "export")
"""In the order of the figures that start them."""

TITLE = says("search.export")

Wanted = JournalSearch | VoucherDay
"""What is written to a file: the entries a search finds, or the vouchers of a day."""

ORDERS = tuple((sort, ascending) for sort in Sort for ascending in (False, True))


class Export:
    """Everything that matches a search, or the vouchers of a day, written to a file on a thread of the desk's; its
    screen stays until it is written or stopped."""

    class Progress(Message):
        """How many rows were written so far."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    def __init__(self, screen: DeskScreen) -> None:
        self._screen = screen
        self._stopped: Event | None = None

    @property
    def running(self) -> bool:
        return self._stopped is not None

    def ask(self, wanted: Wanted, title: Say = TITLE) -> None:
        """Asks what sort of file, and where; `title` says what will stand in it."""
        if self.running:
            self._screen.app.bell()
            return
        rows = tuple(
            Row(each.value, (shown(each.value), says(f"search.format.{each.value.lower()}"))) for each in Format
        )

        def chosen(key: str | None) -> None:
            if key is not None:
                self._ask_where(wanted, Format(key))

        self._screen.app.push_screen(Choose(title, (Column(6), Column(0)), rows), chosen)

    def _ask_where(self, wanted: Wanted, written_as: Format) -> None:
        desk_app = self._screen.desk_app
        folder = desk_app.front.folder / "documents"
        of = f"vouchers-{wanted.day:%Y%m%d}-at" if isinstance(wanted, VoucherDay) else "journal"
        name = f"{of}-{branch_time(desk_app.clock.now()):%Y%m%d-%H%M%S}.{written_as.value.lower()}"

        def named(typed: str | None) -> None:
            if typed:
                self._write(wanted, folder / Path(typed).expanduser(), written_as)

        desk_app.push_screen(ExportSheet(folder, name), named)

    def _write(self, wanted: Wanted, path: Path, written_as: Format) -> None:
        screen = self._screen
        who = screen.desk_app.who
        if who is None or self.running:
            return
        stopped = self._stopped = Event()
        language = screen.desk_app.words.language

        def write(desk: DeskPort) -> Exported:
            if isinstance(wanted, VoucherDay):
                vouchers = ExportVouchers(wanted, path, written_as, language)
                return desk.search.export_vouchers(who, vouchers, self._tell, stopped.is_set)
            return desk.search.export(
                who, ExportJournal(wanted, path, written_as, language), self._tell, stopped.is_set
            )

        def written(exported: Exported) -> None:
            self._stopped = None
            screen.note(says("trail.exported", count=exported.rows, path=str(path)), "good")

        def not_written(error: TellerDeskError) -> None:
            self._stopped = None
            if stopped.is_set():
                screen.note(says("search.export.stopped"))
            else:
                screen.complain(error)

        screen.note(says("search.exporting", count=0))
        screen.desk_app.ask(
            screen,
            lambda desk, _watch: write(desk),
            written,
            not_written,
        )

    def _tell(self, rows: int) -> None:
        """From the thread that writes. A screen that has gone hears nothing."""
        with suppress(RuntimeError):
            self._screen.post_message(self.Progress(rows))

    def told(self, rows: int) -> None:
        if self._stopped is not None and not self._stopped.is_set():
            self._screen.note(says("search.exporting", count=rows))

    def stop(self) -> None:
        """No file comes of it, unless it is just finished."""
        if self._stopped is not None:
            self._stopped.set()
            self._screen.note(says("search.export.stopping"))


class SearchWork:
    """The tasks of 3001, each begun by a figure on its list."""

    def __init__(self, screen: SearchJournal) -> None:
        self._screen = screen
        self.export = Export(screen)
        self._asking = False

    def start(self, task: str) -> None:
        """Begins one of TASKS."""
        screen = self._screen
        search = screen.asked
        if task == "sort":
            self._sort()
        elif task == "kept":
            self._list_kept()
        elif search is None:
            screen.app.bell()
        elif task == "keep":
            self._keep(search)
        elif task == "reveal":
            self._reveal()
        elif task == "export":
            self.export.ask(search)

    def list_tasks(self) -> None:
        rows = tuple(Row(task, (shown(str(at)), says(f"search.task.{task}"))) for at, task in enumerate(TASKS, 1))

        def chosen(task: str | None) -> None:
            if task is not None:
                self.start(task)

        self._screen.app.push_screen(Choose(says("search.tasks"), (Column(2), Column(0)), rows), chosen)

    def _sort(self) -> None:
        rows = tuple(
            Row(f"{at}", (says(f"search.sort.{sort.value.lower()}.{'up' if ascending else 'down'}"),))
            for at, (sort, ascending) in enumerate(ORDERS)
        )

        def chosen(key: str | None) -> None:
            if key is not None:
                sort, ascending = ORDERS[int(key)]
                self._screen.like = replace(self._screen.like, sort=sort, ascending=ascending)
                self._screen.find()

        self._screen.app.push_screen(Choose(says("search.task.sort"), (Column(0),), rows), chosen)

    # -- searches that are kept

    def _keep(self, search: JournalSearch) -> None:
        def named(name: str | None) -> None:
            who = self._screen.desk_app.who
            if name and who is not None:
                command = SaveFilter(name, search)
                self._ask(lambda desk: desk.search.save_filter(who, command), says("search.keep.done", name=name))

        sheet = OneLine(says("search.keep"), says("search.keep.detail"), says("search.keep.keys"))
        self._screen.app.push_screen(sheet, named)

    def _list_kept(self) -> None:
        who = self._screen.desk_app.who
        if who is not None:
            self._screen.look(lambda desk: desk.search.filters(who), self._kept_seen, self._screen.complain)

    def _kept_seen(self, kept: tuple[SavedFilter, ...]) -> None:
        if self._screen.is_active:
            self._screen.app.push_screen(Kept(kept), self._wished)

    def _wished(self, wish: Wish | None) -> None:
        who = self._screen.desk_app.who
        if wish is None or who is None:
            return
        what, kept = wish
        if what == "take":
            self._screen.take(kept.search)
        else:
            command = ForgetFilter(kept.name)
            said_as = says("search.kept.forgotten", name=kept.name)
            self._ask(lambda desk: desk.search.forget_filter(who, command), said_as)

    # -- a person in clear

    def _reveal(self) -> None:
        row, who = self._screen.row, self._screen.desk_app.who
        if row is None or who is None:
            self._screen.app.bell()
            return

        def reasoned(reason: str | None) -> None:
            if reason:
                command = Reveal(row.serial, reason)
                self._ask(lambda desk: desk.search.reveal(who, command), None, self._screen.reveal)

        sheet = OneLine(says("search.reveal"), says("search.reveal.detail"), says("search.reveal.keys"))
        self._screen.app.push_screen(sheet, reasoned)

    # -- the desk's answers

    def _ask(
        self, call: Callable[[DeskPort], T], told: Say | None, seen: Callable[[T], None] = lambda _answer: None
    ) -> None:
        """Something the desk writes down. One at a time: a key pressed twice is asked once."""
        screen = self._screen
        if self._asking:
            return
        self._asking = True

        def done(answer: T) -> None:
            self._asking = False
            if told is not None:
                screen.note(told, "good")
            seen(answer)

        def failed(error: TellerDeskError) -> None:
            self._asking = False
            screen.complain(error)

        screen.desk_app.ask(screen, lambda desk, _watch: call(desk), done, failed)
