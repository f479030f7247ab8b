"""What is typed into the fields of the journal search, and what it means. Every field may stay empty."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from screens.bill_form import billers_meant
from screens.saying import Say, nothing, said, says, shown
from screens.wording import number_said
from tellerdesk.audit.days import days_of
from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import BillerView
from tellerdesk.errors import BadInput
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.journal.states import Word
from tellerdesk.money import format_fen, parse_fen
from tellerdesk.search.commands import JournalSearch
from tellerdesk.serials import SERIAL_LENGTH, spoken
from tellerdesk.text import typed as checked

FIELDS = (
    "anything", "days", "words", "branch_no", "biller", "consumer_no", "name", "amount", "account_no", "teller_no",
    "approver_no", "method",
)  # fmt: skip
"""In the order Enter goes through them."""

ERROR_FIELDS = {
    "since": "days", "until": "days", "last_days": "days", "biller_code": "biller", "customer_name": "name",
    "amount_from_fen": "amount", "amount_to_fen": "amount", "serial": "anything", "state": "words", "flow": "words",
}  # fmt: skip
"""Where the form takes what a search calls otherwise."""

CASH_DUE = "cash_due"
"""Chosen among the words: cash that is still to be handed back."""

CHOICES = (*(word.value.lower() for word in Word), CASH_DUE)

LAST_DAYS = (1, 7, 30)
MOST_DAYS = 3660
ACCOUNT_LENGTHS = range(12, 24)

_COUNT = re.compile(r"\d{1,4}", re.ASCII)
_BETWEEN = re.compile(r"\s*(?:~|\.\.|至|到|-|—)\s*|\s+")
_SEPARATED = re.compile(r"\s*[,，、;；]\s*")
_TODAY = frozenset({"今", "今天", "今日", "today"})


@dataclass(frozen=True, slots=True)
class Known:
    """What the form knows when it reads what was typed."""

    today: date
    billers: tuple[BillerView, ...] = ()


Part = dict[str, object]
"""Some of the fields of a JournalSearch."""


def part_of(field: str, text: str, known: Known) -> tuple[Part, ...]:
    """What `text` in this field asks for: one meaning, or for "anything" several, the likeliest first. Nothing typed
    asks for nothing.

    Raises BadInput with the field's name.
    """
    folded = checked(text, field=field, most=120)
    return _READ[field](folded, known) if folded else ({},)


def searches_of(typed: Mapping[str, str], known: Known, like: JournalSearch) -> tuple[JournalSearch, ...]:
    """What the form asks for: sorted as `like` is, and one search for each meaning of the field that takes anything,
    where no named field asks for the same already.

    Raises BadInput, its field that of the form.
    """
    named: Part = {"sort": like.sort, "ascending": like.ascending}
    for field in FIELDS[1:]:
        named |= part_of(field, typed.get(field, ""), known)[0]
    free = part_of(FIELDS[0], typed.get(FIELDS[0], ""), known)
    kept = [part for part in free if not named.keys() & part.keys()]
    if not kept:
        raise BadInput("search.wrong.twice", field="anything")
    return tuple(replace(JournalSearch(), **(named | part)) for part in kept)  # type: ignore[arg-type]


def typed_of(search: JournalSearch, language: str) -> dict[str, str]:
    """What has to stand in the fields to ask for `search`."""
    say = words(language)
    days = "" if search.since is None else f"{search.since:%Y%m%d}"
    if search.until is not None and search.until != search.since:
        days = f"{days} {search.until:%Y%m%d}".strip()
    least, most = search.amount_from_fen, search.amount_to_fen
    amounts = ["" if fen is None else format_fen(fen) for fen in (least, most)]
    chosen = [word.value.lower() for word in search.words] + [CASH_DUE] * search.cash_due
    return {
        "anything": spoken(search.serial) if len(search.serial) == SERIAL_LENGTH else search.serial,
        "days": str(search.last_days) if search.last_days else days,
        "words": ", ".join(word_text(choice, language) for choice in chosen),
        "branch_no": search.branch_no,
        "biller": search.biller_code,
        "consumer_no": number_said(search.consumer_no),
        "name": search.customer_name,
        "amount": amounts[0] if least == most else "~".join(amounts),
        "account_no": search.account_no,
        "teller_no": search.teller_no,
        "approver_no": search.approver_no,
        "method": say(f"pay.method.{search.method.value.lower()}") if search.method is not None else "",
    }


def meaning_of(field: str, parts: tuple[Part, ...], known: Known) -> Say:
    """How what was typed is understood, to be read beside the form while it is typed; nothing where that is plain."""
    part = parts[0]
    if field == "anything" and part:
        kinds = "_".join(next(iter(each)) for each in parts)
        return says(f"search.means.{kinds}")
    if field == "days" and part:
        days = int(str(part["last_days"])) if "last_days" in part else 0
        if days == 1:
            return says("search.means.today", day=f"{known.today:%Y-%m-%d}")
        return says("search.means.days", days=days) if days else _between(part)
    if field == "biller" and part:
        code = part["biller_code"]
        return next((said(each.name) for each in known.billers if each.code == code), shown(str(code)))
    if field == "amount" and part:
        return _amounts(part)
    return nothing


def word_text(choice: str, language: str) -> str:
    """One of CHOICES as it is said, short."""
    message_id = {CASH_DUE: "home.cash_due", "awaiting": "search.awaiting"}.get(choice, f"word.{choice}")
    return words(language)(message_id).split(" · ")[0]


# -- field by field


def _anything(text: str, _known: Known) -> tuple[Part, ...]:
    """A name where no digit is in it; else a number, whosever it may be."""
    compact = "".join(text.split())
    if not any(char.isdigit() for char in text) or any(_is_han(char) for char in text):
        return (_name(text, field="anything"),)
    if len(compact) == SERIAL_LENGTH and compact.isdigit():
        return ({"serial": compact},)
    meanings: list[Part] = [{"consumer_no": compact}, {"serial": compact}]
    if compact.isdigit() and len(compact) in ACCOUNT_LENGTHS:
        meanings.append({"account_no": compact})
    return tuple(meanings)


def _name(text: str, field: str) -> Part:
    if len("".join(text.split())) < 2:
        raise BadInput("search.wrong.name", field=field)
    return {"customer_name": text}


def _days(text: str, known: Known) -> tuple[Part, ...]:
    if text.casefold() in _TODAY:
        return ({"last_days": 1},)
    if _COUNT.fullmatch(text) and (len(text) < 4):
        if not 0 < int(text) <= MOST_DAYS:
            raise BadInput("search.wrong.days", field="days")
        return ({"last_days": int(text)},)
    since, until = days_of(text, known.today)
    return ({"since": since, "until": until},)


def _words(text: str, _known: Known) -> tuple[Part, ...]:
    chosen = [_word(each) for each in _SEPARATED.split(text) if each]
    part: Part = {}
    if CASH_DUE in chosen:
        part["cash_due"] = True
    if found := tuple(Word(each.upper()) for each in chosen if each != CASH_DUE):
        part["words"] = found
    return (part,)


def _word(text: str) -> str:
    """The one word `text` is, begins or is a part of, in either language."""
    wanted = text.casefold()
    said_as = {choice: [word_text(choice, each).casefold() for each in LANGUAGES] for choice in CHOICES}
    for fits in (str.__eq__, str.startswith, str.__contains__):
        meant = [choice for choice, names in said_as.items() if any(fits(name, wanted) for name in names)]
        if len(meant) == 1:
            return meant[0]
    raise BadInput("search.wrong.words", field="words")


def _biller(text: str, known: Known) -> tuple[Part, ...]:
    if meant := billers_meant(text, known.billers):
        if len(meant) > 1:
            raise BadInput("search.wrong.billers", field="biller", count=len(meant))
        return ({"biller_code": meant[0].code},)
    if known.billers and not text.isdigit():
        raise BadInput("pay.biller.none", field="biller")
    return ({"biller_code": text.split()[0]},)


def _amount(text: str, _known: Known) -> tuple[Part, ...]:
    """100, 100-200, 100~ (and more), ~200 (and less)."""
    bounds = _BETWEEN.split(text.strip().removeprefix(">").removeprefix("<"))
    if text.startswith(("<", ">")):
        bounds = [bounds[0], ""] if text.startswith(">") else ["", bounds[0]]
    if len(bounds) > 2 or not any(bounds):
        raise BadInput("error.amount.format", field="amount")
    fen = [parse_fen(bound, field="amount") if bound else None for bound in bounds]
    least, most = fen[0], fen[-1]
    if least is not None and most is not None and least > most:
        raise BadInput("search.wrong.amounts", field="amount")
    part = {"amount_from_fen": least, "amount_to_fen": most}
    return ({name: value for name, value in part.items() if value is not None},)


def _method(text: str, _known: Known) -> tuple[Part, ...]:
    wanted = text.casefold()
    names = {
        method: [words(each)(f"pay.method.{method.value.lower()}").casefold() for each in LANGUAGES]
        for method in Method
    }
    for method, said_as in names.items():
        if any(name.startswith(wanted) for name in said_as):
            return ({"method": method},)
    raise BadInput("search.wrong.method", field="method")


def _number(name: str, *, capitals: bool = False) -> Callable[[str, Known], tuple[Part, ...]]:
    """A number in groups or not; those of the staff are of capitals."""

    def read(text: str, _known: Known) -> tuple[Part, ...]:
        compact = "".join(text.split())
        return ({name: compact.upper() if capitals else compact},)

    return read


_READ: dict[str, Callable[[str, Known], tuple[Part, ...]]] = {
    "anything": _anything,
    "days": _days,
    "words": _words,
    "branch_no": _number("branch_no"),
    "biller": _biller,
    "consumer_no": _number("consumer_no"),
    "name": lambda text, _known: (_name(text, field="name"),),
    "amount": _amount,
    "account_no": _number("account_no"),
    "teller_no": _number("teller_no", capitals=True),
    "approver_no": _number("approver_no", capitals=True),
    "method": _method,
}


def _is_han(char: str) -> bool:
    return unicodedata.name(char, "").startswith("CJK UNIFIED")


def _between(part: Part) -> Say:
    since, until = part["since"], part["until"]
    return shown(str(since)) if since == until else says("search.means.between", since=str(since), until=str(until))


def _amounts(part: Part) -> Say:
    least, most = part.get("amount_from_fen"), part.get("amount_to_fen")
    if least == most and isinstance(least, int):
        return shown(format_fen(least))
    if isinstance(least, int) and isinstance(most, int):
        return shown(f"{format_fen(least)} – {format_fen(most)}")
    if isinstance(least, int):
        return says("search.means.at_least", amount=format_fen(least))
    return says("search.means.at_most", amount=format_fen(int(str(most))))
