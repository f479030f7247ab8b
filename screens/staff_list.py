"""7002: the list of staff. Administrators keep it; supervisors and auditors read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.choose import Choose
from screens.confirm import Confirm
from screens.desk_port import DeskPort
from screens.saying import Say, joined, nothing, says, shown, width_of
from screens.staff_once import OnceSheet
from screens.staff_person import Entered, PersonSheet, role_said
from screens.staff_rows import PARTS, columns_for, row_of, waits
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line
from tellerdesk.errors import BadInput, Conflict, TellerDeskError
from tellerdesk.staff.commands import AddStaff, ChangeStaff
from tellerdesk.staff.states import MAY, Permission, Role, StaffState, decides
from tellerdesk.staff.temporary import temporary_password
from tellerdesk.staff.views import NewCode, SignedOn, StaffView, TemporaryPassword

TASKS = ("add", "change", "lock", "password", "code", "leave", "power")
"""In the order of the figures that start them."""


class StaffList(DeskScreen):
    """Who works here. A figure starts a task for the person under the cursor; Enter or F4 lists the tasks."""

    CODE = "7002"
    NAME = "tx.7002"
    CSS_PATH = "staff_list.tcss"
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "choices", "again", "language", "lock")
    BINDINGS: ClassVar = [
        *bindings("choices", "again"),
        *(Binding(str(at + 1), f"start('{task}')", show=False) for at, task in enumerate(TASKS)),
    ]
    PAGE = HelpPage(
        what="help.staff",
        fields=(
            ("staff.task.add", "help.staff.add"),
            ("staff.task.change", "help.staff.change"),
            ("staff.task.lock", "help.staff.lock"),
            ("staff.task.password", "help.staff.password"),
            ("staff.task.code", "help.staff.code"),
            ("staff.task.leave", "help.staff.leave"),
            ("staff.task.power", "help.staff.power"),
        ),
        wrong=("help.staff.oneself", "help.staff.last"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._people: dict[str, StaffView] = {}
        self._waiting: Callable[[], None] | None = None

    def compose_body(self) -> ComposeResult:
        columns = columns_for(6)
        yield Heads(columns, id="heads")
        yield PeopleLedger(columns, id="people")
        yield Line(self._current_said, id="current")
        yield Line(self._tasks_said, id="tasks")

    def on_mount(self) -> None:
        self.query_one(Heads).show((Row("", tuple(says(f"staff.head.{part}", "$secondary") for part in PARTS)),))
        self.query_one("#people", PeopleLedger).focus()
        self._look_again()

    def on_screen_resume(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._when_here(waiting)

    # -- what is shown

    @property
    def _may_change(self) -> bool:
        who = self.desk_app.who
        return who is not None and Permission.MANAGE_STAFF in MAY[who.role]

    def working_keys(self) -> tuple[str, ...]:
        return tuple(name for name in self.KEYS if name != "choices" or self._may_change)

    def _look_again(self) -> None:
        who = self.desk_app.who
        if who is not None:
            self.look(lambda desk: desk.people.all(who), self._seen, self.failed_quietly)

    def _seen(self, people: tuple[StaffView, ...]) -> None:
        self._people = {person.staff_no: person for person in people}
        columns = columns_for(max((width_of(person.staff_no) for person in people), default=6))
        self.query_one(Heads).lay_out(columns)
        ledger = self.query_one("#people", PeopleLedger)
        ledger.lay_out(columns)
        ledger.show(map(row_of, people))
        self._speak_of_current()

    def on_ledger_moved(self, event: Ledger.Moved) -> None:
        event.stop()
        self._speak_of_current()

    def _speak_of_current(self) -> None:
        for name in ("#current", "#tasks"):
            self.query_one(name, Line).speak()

    @property
    def _current(self) -> StaffView | None:
        return self._people.get(self.query_one("#people", PeopleLedger).current or "")

    def _current_said(self, words: Any) -> Any:
        """Everything about the person under the cursor that the columns have no room for."""
        person = self._current
        if person is None:
            return nothing(words)
        parts = [shown(person.staff_no, "$accent"), shown(person.name, "bold"), role_said(person.role)]
        if decides(person.role):
            parts.append(says("staff.has_code" if person.has_code else "staff.no_code"))
        if person.must_change:
            parts.append(says("staff.must_change"))
        if waits(person):
            parts.append(says("staff.to_confirm", "$warning"))
        if person.same_person:
            parts.append(says("staff.also", numbers=" ".join(person.same_person)))
        return joined(parts, "  ")(words)

    def _tasks_said(self, words: Any) -> Any:
        if not self._may_change:
            return says("staff.only_read")(words)
        parts = [joined([shown(str(at + 1), "bold $accent"), self._task_said(task)]) for at, task in enumerate(TASKS)]
        return joined(parts, "  ")(words)

    def _task_said(self, task: str) -> Say:
        person = self._current
        if task == "lock" and person is not None and person.state is StaffState.LOCKED:
            return says("staff.task.unlock")
        return says(f"staff.task.{task}")

    # -- keys

    def action_again(self) -> None:
        if not self.busy:
            self._look_again()

    def action_choices(self) -> None:
        """The tasks, to choose from."""
        if self.busy or not self._may_change:
            return
        rows = tuple(Row(task, (shown(str(at + 1), "$accent"), self._task_said(task))) for at, task in enumerate(TASKS))
        person = self._current
        title = says("staff.tasks") if person is None else joined([shown(person.staff_no), shown(person.name)])
        self.app.push_screen(Choose(title, (Column(3), Column(0)), rows), self._start_if)

    def _start_if(self, task: str | None) -> None:
        if task is not None:
            self.action_start(task)

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        event.stop()
        self.action_choices()

    def action_start(self, task: str) -> None:
        """Begins one of the tasks: asks once, then has the desk do it."""
        who, person = self.desk_app.who, self._current
        if who is None or not self._may_change or self.refuse_while_busy():
            return
        self.note()
        if task == "add":
            self._fill_in(Entered("", "", Role.TELLER, who.branch_no))
        elif person is None:
            return
        elif who.staff_no in {person.staff_no, *person.same_person}:
            self._refuse(says("error.staff.oneself"))
        elif person.state is StaffState.LEFT:
            self._refuse(says("error.staff.left", staff_no=person.staff_no))
        elif task == "change":
            known = Entered(person.staff_no, person.name, person.role, person.branch_no)
            self._fill_in(known, number=person.staff_no)
        elif task == "code" and not decides(person.role):
            self._refuse(says("error.staff.no_codes"))
        elif task == "power" and not waits(person):
            self._refuse(says("staff.power.stands", staff_no=person.staff_no))
        else:
            self._confirm(task, who, person)

    def _refuse(self, say: Say) -> None:
        self.note(say, "warn")
        self.app.bell()

    def _confirm(self, task: str, who: SignedOn, person: StaffView) -> None:
        unlocks = task == "lock" and person.state is StaffState.LOCKED
        name = "unlock" if unlocks else task
        question = Confirm(
            says(f"staff.{name}.question", staff_no=person.staff_no, name=person.name),
            detail=says(f"staff.{name}.detail"),
            yes=says(f"staff.task.{name}"),
            no=says("staff.no_change"),
            first="yes" if unlocks or task == "power" else "no",
        )
        self.app.push_screen(question, lambda meant: self._do(name, who, person) if meant else None)

    def _do(self, name: str, who: SignedOn, person: StaffView) -> None:
        number = person.staff_no
        calls: dict[str, Callable[[DeskPort], Any]] = {
            "lock": lambda desk: desk.people.lock(who, number),
            "unlock": lambda desk: desk.people.unlock(who, number),
            "leave": lambda desk: desk.people.leave(who, number),
            "password": lambda desk: desk.people.reset_password(who, number),
            "code": lambda desk: desk.people.reset_code(who, number),
            "power": lambda desk: desk.people.ask_power(who, number),
        }

        def done(given: TemporaryPassword | NewCode | None) -> None:
            password = given if isinstance(given, TemporaryPassword) else None
            code = given if isinstance(given, NewCode) else None
            told = says(f"staff.{name}.done", staff_no=number)
            if name in {"password", "code", "power"} and decides(person.role):
                told = joined([told, self._who_confirms(who, number, *person.same_person)])
            self._done(told, number, person.name, password, code)

        self._ask(calls[name], done, self._failed)

    def _who_confirms(self, who: SignedOn, *numbers: str) -> Say:
        """What has to happen before a number approves: somebody else of this branch confirms it, if there is one."""
        own = self._people.get(who.staff_no)
        cannot = {*numbers, who.staff_no, *(own.same_person if own is not None else ())}
        for other in self._people.values():
            may = decides(other.role) and other.may_decide and other.has_code and other.state is StaffState.ACTIVE
            if may and other.branch_no == who.branch_no and other.staff_no not in cannot:
                return says("staff.power.waits")
        return says("staff.power.nobody")

    # -- adding and changing

    def _fill_in(self, known: Entered, *, number: str = "", why: TellerDeskError | None = None) -> None:
        sheet = PersonSheet(known, number=number, why=why)
        self.app.push_screen(sheet, lambda entered: self._entered(entered, number) if entered is not None else None)

    def _entered(self, entered: Entered, number: str) -> None:
        who = self.desk_app.who
        if who is None:
            return

        def failed(error: TellerDeskError) -> None:
            self._failed(error)
            if isinstance(error, BadInput | Conflict):
                self._when_here(lambda: self._fill_in(entered, number=number, why=error))

        if number:
            change = ChangeStaff(number, entered.name, entered.role, entered.branch_no)
            changed = self._listed("staff.change.done", who, number, entered)
            self._ask(
                lambda desk: desk.people.change(who, change),
                lambda code: self._done(changed, number, entered.name, None, code),
                failed,
            )
            return
        password = TemporaryPassword(entered.staff_no.upper(), temporary_password())
        add = AddStaff(
            entered.staff_no,
            entered.name,
            entered.role,
            entered.branch_no,
            password.password,
            same_person_as=entered.same_person_as,
        )
        added = self._listed("staff.add.done", who, password.staff_no, entered)
        self._ask(
            lambda desk: desk.people.add(who, add),
            lambda code: self._done(added, password.staff_no, entered.name, password, code),
            failed,
        )

    def _listed(self, sentence: str, who: SignedOn, number: str, entered: Entered) -> Say:
        told = says(sentence, staff_no=number)
        if not decides(entered.role):
            return told
        known = self._people.get(number)
        also = known.same_person if known is not None else (entered.same_person_as,)
        return joined([told, self._who_confirms(who, number, *also)])

    # -- the desk's answers

    def _ask(
        self, call: Callable[[DeskPort], Any], done: Callable[[Any], None], failed: Callable[[TellerDeskError], None]
    ) -> None:
        self.busy = True
        self.note(says("staff.asking"))
        self.desk_app.ask(self, lambda desk, _watch: call(desk), done, failed)

    def _done(
        self, say: Say, staff_no: str, name: str, password: TemporaryPassword | None, code: NewCode | None
    ) -> None:
        self.busy = False
        self.note(say, "good")
        self._look_again()
        if password is not None or code is not None:
            self._when_here(lambda: self._show_once(OnceSheet(staff_no, name, password, code)))

    def _show_once(self, sheet: OnceSheet) -> None:
        self.app.push_screen(sheet)

    def _failed(self, error: TellerDeskError) -> None:
        self.busy = False
        self.complain(error)
        self._look_again()

    def _when_here(self, call: Callable[[], None]) -> None:
        """Now, or once this screen is in front again: nothing lies on top of a locked desk, least of all a secret. On
        the way back to the sign-on form it is in front for a moment, with nobody here."""
        if self.is_active and self.desk_app.who is not None:
            call()
        else:
            self._waiting = call


class PeopleLedger(Ledger):
    """Its columns follow the numbers there are."""

    def lay_out(self, columns: tuple[Column, ...]) -> None:
        self._columns = columns
        self.refresh()


class Heads(PeopleLedger, can_focus=False):
    """What the columns are called, in the same columns."""

    def action_choose(self) -> None:
        """A click here chooses nothing."""
