"""3002: the vouchers of a day, counted and summed by code, teller and method."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Input

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.saying import Say, joined, money, nothing, says, shown
from screens.search_asking import Asker, Lanes
from screens.search_form import SearchField
from screens.search_list import Heads, heads, word_marked
from screens.search_story import code_said
from screens.search_work import Export
from screens.voucher_rows import VoucherRows
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line
from tellerdesk.audit.days import days_of
from tellerdesk.clock import branch_time
from tellerdesk.errors import BadInput, TellerDeskError
from tellerdesk.journal.states import Word
from tellerdesk.money import format_fen
from tellerdesk.search.commands import VoucherDay
from tellerdesk.search.states import CANCELLATION, CODES
from tellerdesk.search.views import VoucherGroup
from tellerdesk.staff.states import MAY, Permission

HEADS = ("code", "teller", "method", "word", "count", "sum")
COLUMNS = (Column(0), Column(6), Column(7), Column(12), Column(6, "right"), Column(14, "right"))
FIELDS = ("day", "code", "teller_no", "branch_no")
SUBTOTAL = "="
"""How the key of a row begins that sums up those above it."""


class VoucherList(DeskScreen):
    """The day, and if need be a code and a teller, in one line; the groups below with a sum for each code. What came to
    different words is never summed into one figure without its own line. Enter opens the vouchers of a group."""

    CODE = "3002"
    NAME = "tx.3002"
    CSS_PATH: ClassVar = ["task.tcss", "journal_search.tcss", "voucher_list.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "again", "next_pane", "submit", "print", "lock")
    BINDINGS: ClassVar = [
        *bindings("again", "submit", "print", "page_up", "page_down"),
        Binding("f6", "next_pane", show=False),  # Tab goes from field to field
    ]
    PAGE = HelpPage(
        what="help.vouchers",
        fields=(
            ("vouchers.day", "help.vouchers.day"),
            ("vouchers.code", "help.vouchers.code"),
            ("vouchers.teller_no", "help.vouchers.teller_no"),
        ),
        wrong=("help.vouchers.words", "help.vouchers.export"),
        keys=(
            ("next_pane", "help.search.key.next_pane"),
            ("submit", "help.vouchers.key.submit"),
            ("print", "help.vouchers.key.print"),
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self._asked: VoucherDay | None = None
        self._groups: dict[str, VoucherGroup] = {}
        self._day = Asker(self, Lanes())
        self._wrong: tuple[Input, str] | None = None
        self.export = Export(self)

    def compose_body(self) -> ComposeResult:
        every = self._may(Permission.SEARCH_EVERY_BRANCH)
        names = [name for name in FIELDS if every or name != "branch_no"]
        self._fields = {name: SearchField(name, room="vouchers") for name in names}
        self._list = Ledger(COLUMNS, id="groups")
        with Horizontal(id="line"):
            yield from self._fields.values()
        yield Line(id="remark")
        yield Heads(COLUMNS, id="heads")
        yield self._list
        yield Line(id="totals")

    def on_mount(self) -> None:
        self.query_one("#heads", Heads).show((heads(HEADS, "vouchers"),))
        today = self.desk_app.accounting_date or branch_time(self.desk_app.clock.now()).date()
        self._fields["day"].entry.put(f"{today:%Y%m%d}")
        self._fields["day"].entry.focus()
        self._find()

    def _may(self, permission: Permission) -> bool:
        who = self.desk_app.who
        return who is not None and permission in MAY[who.role]

    # -- looking

    def _find(self) -> None:
        who, asked = self.desk_app.who, self._typed()
        if who is None or asked is None:
            return
        begun = self._asked is not None
        self.note(says("vouchers.waiting"))

        def seen(groups: tuple[VoucherGroup, ...]) -> None:
            self._asked = asked
            self._show(groups)
            if begun and groups:
                self._list.focus()

        def failed(error: TellerDeskError) -> None:
            self.note()
            if not (isinstance(error, BadInput) and self._complain(error.field, error)):
                self.complain(error)

        self._day.ask(lambda desk: desk.search.vouchers(who, asked), seen, failed)

    def _typed(self) -> VoucherDay | None:
        """What the fields ask for; None, with a complaint at the field, where there is no such day or code."""
        typed = {name: "".join(field.entry.value.split()).upper() for name, field in self._fields.items()}
        self._right()
        try:
            day, code = self._day_of(self._fields["day"].entry.value), _code_of(typed["code"])
        except BadInput as error:
            self._complain("day" if error.field == "days" else error.field, error)
            return None
        return VoucherDay(day, typed.get("branch_no", ""), code, typed["teller_no"])

    def _day_of(self, text: str) -> date:
        today = branch_time(self.desk_app.clock.now()).date()
        since, until = days_of(text, max(today, self.desk_app.accounting_date or today))
        if since is None or since != until:
            raise BadInput("vouchers.wrong.day", field="day")
        return since

    def _complain(self, name: str, error: TellerDeskError) -> bool:
        if name not in self._fields:
            return False
        field = self._fields[name]
        self._wrong = field.entry, field.entry.value
        field.wrong(True)
        field.entry.focus()
        remark = self.query_one("#remark", Line)
        remark.add_class("-error")
        remark.show(joined([shown("×"), says(f"vouchers.{name}"), says(error.message_id, **error.args_by_name)]))
        return True

    def _right(self) -> None:
        self._wrong = None
        for field in self._fields.values():
            field.wrong(False)
        self.query_one("#remark", Line).remove_class("-error")
        self.query_one("#remark", Line).show(says("help.vouchers.day"))

    # -- what is shown

    def _show(self, groups: tuple[VoucherGroup, ...]) -> None:
        self.note()
        self._groups = {str(at): group for at, group in enumerate(groups)}
        self._list.show(_rows(self._groups))
        self.query_one("#steps", Line).show(_sum_said(groups) if groups else says("vouchers.none"))
        self.query_one("#totals", Line).show(_by_word(groups))

    def on_ledger_moved(self, event: Ledger.Moved) -> None:
        event.stop()

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        """The vouchers of the group's code and teller."""
        event.stop()
        group, asked = self._groups.get(event.key), self._asked
        if group is not None and asked is not None and not self.refuse_while_busy():
            self.app.push_screen(VoucherRows(VoucherDay(asked.day, asked.branch_no, group.code, group.teller_no)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        entries = [field.entry for field in self._fields.values()]
        at = next(at for at, entry in enumerate(entries) if entry is event.input)
        if at + 1 < len(entries):
            entries[at + 1].focus()
        else:
            self._find()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._wrong is not None and self._wrong != (event.input, event.input.value):
            self._right()

    def on_export_progress(self, event: Export.Progress) -> None:
        event.stop()
        self.export.told(event.rows)

    # -- keys

    def key_label(self, name: str) -> Say:
        if name == "next_pane":
            return says("search.key.fields" if self._list.has_focus else "search.key.list")
        return says({"submit": "search.key.find", "print": "trail.key.export"}.get(name, f"key.{name}"))

    def on_descendant_focus(self) -> None:
        self.refresh_keys()

    def action_submit(self) -> None:
        self._find()

    def action_again(self) -> None:
        self._find()

    def action_print(self) -> None:
        """The vouchers that are counted above, one by one."""
        if self._asked is None:
            self.app.bell()
        else:
            self.export.ask(self._asked, says("vouchers.export", day=f"{self._asked.day}"))

    def action_next_pane(self) -> None:
        (self._fields["day"].entry if self._list.has_focus else self._list).focus()

    def action_page_up(self) -> None:
        self._list.action_page(-1)

    def action_page_down(self) -> None:
        self._list.action_page(1)

    def refuse_while_busy(self) -> bool:
        """A file that is being written is finished or stopped first."""
        if self.export.running:
            self.note(says("search.export.stay"), "warn")
            self.app.bell()
        return self.export.running

    def action_cancel(self) -> None:
        if self.export.running:
            self.export.stop()
        elif self._day.waits:
            self._day.give_up()
            self.note(says("search.given_up"))
        elif self._list.has_focus:
            self._fields["day"].entry.focus()
        else:
            self.action_back()


def _code_of(typed: str) -> str:
    known = sorted({*CODES.values(), CANCELLATION})
    if typed and typed not in known:
        raise BadInput("vouchers.wrong.code", field="code", codes=" ".join(known))
    return typed


def _rows(groups: dict[str, VoucherGroup]) -> Iterable[Row]:
    """The groups, and after those of each code their sum."""
    shown_so_far: list[VoucherGroup] = []
    ordered = list(groups.items())
    for at, (key, group) in enumerate(ordered):
        first = not shown_so_far
        shown_so_far.append(group)
        yield Row(
            key,
            (
                code_said(group.code) if first else nothing,
                shown(group.teller_no),
                says(f"pay.method.{group.method.value.lower()}"),
                word_marked(group.word),
                shown(f"{group.count:,}"),
                money(group.sum_fen),
            ),
        )
        if at + 1 == len(ordered) or ordered[at + 1][1].code != group.code:
            yield _subtotal(group.code, shown_so_far)
            shown_so_far = []


def _subtotal(code: str, groups: list[VoucherGroup]) -> Row:
    count, total = sum(each.count for each in groups), sum(each.sum_fen for each in groups)
    said_as = (nothing, nothing, nothing, says("vouchers.subtotal"), shown(f"{count:,}"), money(total))
    return Row(f"{SUBTOTAL}{code}", said_as, shut=True)


def _sum_said(groups: tuple[VoucherGroup, ...]) -> Say:
    count, total = sum(each.count for each in groups), sum(each.sum_fen for each in groups)
    figures = [says("search.sum"), money(total, "bold $foreground"), says("unit.yuan")]
    return joined([says("vouchers.count", count=f"{count:,}"), joined(figures)], "   ")


def _count(groups: list[VoucherGroup]) -> str:
    return f"{sum(each.count for each in groups):,}"


def _by_word(groups: tuple[VoucherGroup, ...]) -> Say:
    """The sum of each word: what failed or was taken back is no money that came in."""
    parts = []
    for word in Word:
        of = [each for each in groups if each.word is word]
        if of:
            amount = format_fen(sum(each.sum_fen for each in of))
            parts.append(joined([word_marked(word), says("vouchers.of_word", count=_count(of), amount=amount)]))
    return joined(parts, "    ")
