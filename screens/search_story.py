"""How an entry of the journal is told: under the list in short, on a screen of its own in full."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from screens.approval_words import KINDS
from screens.saying import Say, joined, literal, money, nothing, said, says, says_message, shown
from screens.search_list import outcome_said
from screens.widgets.figures import Figure
from screens.wording import number_said
from tellerdesk.approvals.states import UseCase
from tellerdesk.bills.views import LegView
from tellerdesk.clock import branch_time
from tellerdesk.i18n import LANGUAGES, Words
from tellerdesk.i18n import words as words_in
from tellerdesk.journal.states import LegState
from tellerdesk.search.views import DecisionView, JournalRow, JournalStory, PaperView, Revealed
from tellerdesk.serials import spoken

LEG_STYLE = {LegState.OK: "$success", LegState.REJECTED: "$error", LegState.UNKNOWN: "$warning"}
NEWEST = 3
"""So many steps are told under the list."""
_KNOWN_DECISIONS = {"APPROVED", "REJECTED"}


def headline(row: JournalRow) -> Say:
    """What it is, how much, and what became of it."""
    amount = joined([money(row.amount_fen, "bold"), says("unit.yuan", "bold")])
    return joined([flow_said(row), said(row.biller, "bold"), amount, outcome_said(row)], "  ")


def advice_said(story: JournalStory | None) -> Say:
    """What happened to the money and what to do now, once the story is read."""
    return nothing if story is None or story.advice is None else says_message(story.advice)


def person_said(row: JournalRow, revealed: Revealed | None) -> Say:
    """Whose it is: masked, or in clear for as long as somebody has asked for that."""
    if revealed is None:
        parts = [shown(number_said(row.consumer_no)), shown(row.customer_name)]
        return joined([shown(spoken(row.serial), "$secondary"), *parts], "  ")
    account = joined([says("search.account_no"), shown(revealed.account_no)]) if revealed.account_no else nothing
    clear = (number_said(revealed.consumer_no), revealed.customer_name, revealed.address)
    said_as = [says("search.revealed", "bold $warning"), *(shown(each, "bold") for each in clear if each), account]
    return joined(said_as, "  ")


def legs_said(story: JournalStory, *, short: bool = False) -> Say:
    """One line for each of the newest steps, the newest last; how many there were before them. `short`: in the
    two lines there are beside the advice, or the one."""
    if short:
        alone = story.advice is not None
        return joined([leg_said(leg, close=alone) for leg in story.legs[-1 if alone else -2 :]], "\n")
    lines = [leg_said(leg) for leg in story.legs[-NEWEST:]]
    if len(story.legs) > NEWEST:
        lines.insert(0, says("search.steps_before", "$secondary", count=len(story.legs) - NEWEST))
    if story.next_try_at is not None:
        lines.append(says("search.next_try", "$secondary", when=f"{branch_time(story.next_try_at):%H:%M:%S}"))
    return joined(lines, "\n")


def leg_said(leg: LegView, *, whole: bool = False, close: bool = False) -> Say:
    """When, what, how it was answered and after how long, and the serial the counterpart gave; `whole` adds the
    request's id and the counterpart's words; `close` leaves no columns, where nothing stands above it."""
    sent = branch_time(leg.sent_at)
    took = f"{(leg.answered_at - leg.sent_at).total_seconds():.2f} s" if leg.answered_at is not None else ""
    state = leg_state(leg)
    parts = [
        shown(f"{sent:%H:%M:%S}.{sent.microsecond // 1000:03d}", "$secondary"),
        _wide(leg_kind(leg.kind), 0 if close else 18),
        _wide(state, 0 if close else 9),
        _wide(shown(took), 0 if close else 7, right=True),
    ]
    if leg.counterpart_serial:
        parts.append(says("story.serial", serial=leg.counterpart_serial))
    line = joined(parts, "  ")
    if not whole:
        return line
    details = joined([says("story.request", request=leg.leg_id), shown(leg.code), shown(leg.message)], "  ")
    return lambda words: line(words) + Content("\n" + " " * 14) + details(words)


def leg_state(leg: LegView) -> Say:
    return says(f"leg_state.{leg.state.value.lower()}", LEG_STYLE.get(leg.state, ""))


def leg_kind(kind: str) -> Say:
    """What was sent, in words; a kind nobody has told us of as it is."""
    return _worded(f"leg.{kind.lower()}", kind)


def flow_said(row: JournalRow) -> Say:
    """What sort of transaction it is, by its code."""
    return _worded(f"tx.{row.code}", row.code)


def code_said(code: str) -> Say:
    return joined([shown(code, "$accent"), _worded(f"tx.{code}", "")])


def figures_of(story: JournalStory, revealed: Revealed | None = None) -> Iterator[Figure]:
    """Everything about an entry but its steps, one line each; what there is nothing of has no line."""
    row = story.row
    made = branch_time(row.made_at)
    teller = joined([says("frame.teller"), shown(row.teller_no), says("frame.till", till_no=row.till_no)])
    booked = row.accounting_date
    told: dict[str, Say] = {
        "outcome.serial": shown(spoken(row.serial)),
        "search.row.what": joined([code_said(row.code), said(row.biller), says(_method_id(row))], "  "),
        "search.head.amount": joined([money(row.amount_fen, "bold"), outcome_said(row)], "  "),
        "search.row.who": person_said(row, revealed) if revealed else _masked(row),
        "search.account_no": shown(story.account_no),
        "story.made": joined([shown(f"{made:%Y-%m-%d %H:%M:%S}"), shown(row.branch_no), teller]),
        "frame.date": shown(str(booked)) if booked is not None else nothing,
        "search.row.serials": joined([shown(row.core_serial), shown(row.counterpart_serial)], "  "),
        "search.row.advice": says_message(story.advice) if story.advice is not None else nothing,
        "search.row.decisions": joined(map(_decision, story.decisions), "; "),
        "search.row.papers": joined(map(_paper, story.papers), "  "),
        "search.row.about": shown(spoken(story.about) if story.about else ""),
        "search.row.entries": joined([shown(spoken(each)) for each in story.entries_about], "  "),
    }
    for label, value in told.items():
        if not _is_empty(value):
            yield Figure(says(label), value, text=True)


def _masked(row: JournalRow) -> Say:
    return joined([shown(number_said(row.consumer_no)), shown(row.customer_name)], "  ")


def _method_id(row: JournalRow) -> str:
    return f"pay.method.{row.method.value.lower()}"


def _decision(decision: DecisionView) -> Say:
    known = {each.value for each in UseCase}
    kind = says(KINDS[UseCase(decision.use_case)]) if decision.use_case in known else shown(decision.use_case)
    verdict = decision.verdict
    said_as = says(f"approval.verdict.{verdict.lower()}") if verdict in _KNOWN_DECISIONS else shown(verdict)
    return joined([kind, shown(decision.by), said_as, shown(f"{branch_time(decision.at):%m-%d %H:%M}")])


def _paper(paper: PaperView) -> Say:
    return joined([_worded(f"outcome.paper.{paper.kind.lower()}", paper.kind), shown(paper.number)])


def _worded(message_id: str, otherwise: str) -> Say:
    def say(words: Words) -> Content:
        return literal(words(message_id) if words.knows(message_id) else otherwise)

    return say


def _wide(say: Say, width: int, *, right: bool = False) -> Say:
    """At least so wide, so that what comes after it stands in a column."""

    def wide(words: Words) -> Content:
        content = say(words)
        gap = max(width - content.cell_length, 0)
        return content.pad_left(gap) if right else content.pad_right(gap)

    return wide


def _is_empty(say: Say) -> bool:
    return not say(words_in(LANGUAGES[0])).plain.strip()
