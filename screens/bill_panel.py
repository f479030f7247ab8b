"""The bill as the biller told it."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from screens.amounts import nothing_owed_yet, range_said
from screens.saying import Say, clock_time, joined, literal, money, nothing, said, says, shown
from screens.widgets.figures import Figure, Figures
from screens.widgets.line import Line
from tellerdesk.bills.views import BillLine, BillView, FactView
from tellerdesk.i18n import Words
from tellerdesk.money import rmb_upper


class BillPanel(Vertical):
    """Name and address to read aloud, the lines, the total. The total stays in sight however many lines there are."""

    DEFAULT_CSS = """
    BillPanel { background: $surface; height: auto; padding: 1 2; }
    BillPanel #lines { height: auto; max-height: 12; scrollbar-size-vertical: 0; background: $surface; }
    BillPanel #reader { margin-bottom: 1; }
    BillPanel #about { margin-top: 1; }
    """

    def compose(self) -> ComposeResult:
        yield Line(says("pay.bill"), classes="head")
        yield Figures(id="reader")
        with VerticalScroll(id="lines", can_focus=False):
            yield Figures(id="periods")
        yield Figures(id="total")
        yield Figures(id="about")

    def show(self, bill: BillView) -> None:
        periods = [*map(_period, bill.lines), *_late_fee(bill.late_fee_fen), *map(_fact, bill.facts)]
        reader = [Figure(says("pay.name"), shown(bill.customer_name), strong=True, text=True)]
        if bill.address:
            reader.append(Figure(says("pay.address"), shown(bill.address), text=True))
        self.query_one("#reader", Figures).show(reader)
        self.query_one("#periods", Figures).show(periods)
        self.query_one("#total", Figures).show((_total(bill, len(periods)), *_balance(bill)))
        self.query_one("#about", Figures).show(
            (
                Figure(says("pay.asked_at"), clock_time(bill.asked_at, seconds=True)),
                Figure(says("pay.valid_until"), clock_time(bill.valid_until, seconds=True)),
                Figure(says("pay.reference"), shown(bill.biller_reference)),
                *(() if nothing_owed_yet(bill) else (Figure(says("pay.in_words"), _in_words(bill.total_fen)),)),
            )
        )
        self.query_one("#lines", VerticalScroll).scroll_home(animate=False)

    def page(self, pages: int) -> None:
        lines = self.query_one("#lines", VerticalScroll)
        lines.scroll_page_down(animate=False) if pages > 0 else lines.scroll_page_up(animate=False)


def _period(line: BillLine) -> Figure:
    return Figure(joined([shown(line.period), said(line.item)], "  "), money(line.amount_fen))


def _late_fee(fen: int) -> Iterable[Figure]:
    return (Figure(says("pay.late_fee"), money(fen)),) if fen else ()


def _fact(fact: FactView) -> Figure:
    return Figure(shown(fact.label), shown(fact.value))


def _balance(bill: BillView) -> Iterable[Figure]:
    """What the biller holds for the consumer already, where it keeps balances."""
    return () if bill.balance_fen is None else (Figure(says("pay.balance"), money(bill.balance_fen)),)


def _total(bill: BillView, count: int) -> Figure:
    rule = says(f"pay.rule.{bill.biller.amount_rule.value.lower()}", "not bold $secondary")
    several = says("pay.lines", "not bold $secondary", count=count) if count > 3 else nothing
    label = says("pay.free") if nothing_owed_yet(bill) else says("pay.total")
    value = range_said(bill) if nothing_owed_yet(bill) else money(bill.total_fen)
    return Figure(joined([label, rule, several], "  "), value, strong=True, rule=True)


def _in_words(fen: int) -> Say:
    """As on vouchers; in English, which has no such form, the figure with its currency."""
    written = shown(rmb_upper(fen).removeprefix("人民币"))

    def say(words: Words) -> Content:
        return written(words) if words.language == "zh_CN" else literal(f"CNY {money(fen)(words).plain}")

    return say
