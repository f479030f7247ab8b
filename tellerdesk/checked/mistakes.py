"""What is wrong with a biller's file: in which line, at which key, and a sentence that says how it should be."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from tellerdesk.checked.toml_lines import Lines
from tellerdesk.i18n import Message
from tellerdesk.text import clean


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the file: a line counted from 1, and the key as a file would write it ("consumer.label.en",
    "fields[0].key"; empty for the whole file)."""

    line: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Mistake:
    at: Place
    told: Message


def wrong(message_id: str, **args: str | int) -> PydanticCustomError:
    """A mistake a validator finds, as pydantic carries it."""
    return PydanticCustomError(_OURS, "{message_id}", {"message_id": message_id, **args})


def mistakes_of(error: ValidationError, lines: Lines) -> list[Mistake]:
    """Every mistake pydantic has found, in the order of the lines."""
    found = [Mistake(place(lines, *details["loc"]), _told(details)) for details in error.errors()]
    return sorted(found, key=lambda mistake: mistake.at)


def place(lines: Lines, *path: str | int) -> Place:
    """Where `path` stands, or would stand."""
    return Place(lines.of(path), clean(_written(path), 80))


_OURS = "catalogue"

_TOLD = {
    "missing": "error.catalogue.missing",
    "extra_forbidden": "error.catalogue.unknown_key",
    "string_type": "error.catalogue.wants_text",
    "int_type": "error.catalogue.wants_whole_number",
    "int_from_float": "error.catalogue.wants_whole_number",
    "float_type": "error.catalogue.wants_number",
    "finite_number": "error.catalogue.wants_number",
    "bool_type": "error.catalogue.wants_true_or_false",
    "model_type": "error.catalogue.wants_table",
    "tuple_type": "error.catalogue.wants_list",
    "frozen_set_type": "error.catalogue.wants_list",
    "enum": "error.catalogue.not_one_of",
    "literal_error": "error.catalogue.not_one_of",
    "greater_than": "error.catalogue.not_above",
    "greater_than_equal": "error.catalogue.too_small",
    "less_than_equal": "error.catalogue.too_great",
    "string_too_short": "error.catalogue.too_short",
    "string_too_long": "error.catalogue.too_long",
    "string_pattern_mismatch": "error.catalogue.not_in_form",
    "too_short": "error.catalogue.too_few",
    "too_long": "error.catalogue.too_many",
}
"""The sentence for each kind of error pydantic tells, filled with the bounds it tells."""


def _told(details: ErrorDetails) -> Message:
    context = details.get("ctx", {})
    args = {name: value if isinstance(value, int) else clean(str(value)) for name, value in context.items()}
    if details["type"] == _OURS:
        return Message(str(args.pop("message_id")), args)
    if "expected" in args:  # 'EXACT', 'FREE' or 'PART' -> EXACT, FREE, PART
        args["expected"] = str(args["expected"]).replace(" or ", ", ").replace("'", "")
    told = _TOLD.get(details["type"])
    return Message(told, args) if told is not None else Message("error.catalogue.other", {"reason": details["msg"]})


def _written(path: tuple[str | int, ...]) -> str:
    """("fields", 0, "key") -> fields[0].key"""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
