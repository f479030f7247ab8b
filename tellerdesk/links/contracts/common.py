"""What the message contracts of all counterparts have in common.

Requests are closed (an unknown field is an error); replies are open (a counterpart may add fields), and every string a
third party may fill goes through SafeText. Amounts are whole fen, never text and never fractions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from tellerdesk.money import MAX_FEN
from tellerdesk.text import clean


@dataclass(frozen=True, slots=True)
class SafeText:
    """`Annotated[str, SafeText(60)]`: a string from outside, cleaned by `tellerdesk.text.clean` to `most` characters.

    It never fails for what the text holds: a payment that went through stays known as paid whatever its message says.
    """

    most: int

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._cleaned, core_schema.str_schema(strict=True))

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.most}

    def _cleaned(self, text: str) -> str:
        return clean(text, self.most)


def _iso_date(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
        return date.fromisoformat(value)
    return value


def _iso_instant(value: object) -> object:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value


_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)

IsoDate = Annotated[date, BeforeValidator(_iso_date, json_schema_input_type=date)]
"""YYYY-MM-DD, and nothing else a date parser may take."""

IsoInstant = Annotated[datetime, BeforeValidator(_iso_instant, json_schema_input_type=datetime)]
"""RFC 3339 with an offset."""

Fen = Annotated[int, Field(strict=True, ge=1, le=MAX_FEN)]
FenOrZero = Annotated[int, Field(strict=True, ge=0, le=MAX_FEN)]

LegId = Annotated[str, Field(pattern=r"^[0-9]{22}-[A-Z0-9]{1,8}-[0-9]{1,4}$", examples=["2026112207120700000001-CP-1"])]
"""The idempotency key of everything that moves money; a counterpart keeps it for ever."""
ChannelSerial = Annotated[str, Field(pattern=r"^[0-9]{22}$", examples=["2026112207120700000001"])]
ChannelId = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,8}$", examples=["TD01"])]
BranchNo = Annotated[str, Field(pattern=r"^[0-9]{4}$", examples=["0712"])]
TillNo = Annotated[str, Field(pattern=r"^[0-9]{2}$", examples=["07"])]
TellerNo = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,16}$", examples=["080315"])]
AccountNo = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{3,34}$", examples=["TC-0712-07"])]

Code = Annotated[str, SafeText(40)]
Words = Annotated[str, SafeText(200)]
Serial = Annotated[str, SafeText(40)]


class Request(BaseModel):
    """A message we send: closed, frozen, strict."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Reply(BaseModel):
    """A message we get: open, frozen, strict."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Problem(Reply):
    """Every answer that is not 200."""

    error: Code
    message: Words = ""


R = TypeVar("R", bound=Reply, covariant=True)


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[R]):
    """One question of a contract.

    `path` may hold {leg_id} or {account_no}. `accepted` are the values of the reply's `result` that are a definite
    answer; `refusals` the codes with which `REJECTED` is a definite no. A reply without `result` is accepted as it is.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    reply: type[R]
    accepted: frozenset[str] = frozenset()
    refusals: frozenset[str] = frozenset()

    def target(self, values: Mapping[str, str]) -> str:
        """The request target with its places filled. Raises KeyError for a missing one, ValueError for one that is
        not a plain identifier."""
        for value in values.values():
            if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", value, re.ASCII):
                raise ValueError(value)
        return self.path.format_map(values)
