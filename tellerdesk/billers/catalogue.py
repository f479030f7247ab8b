"""The catalogue: one TOML file for each biller. Differences between billers are data here and nowhere code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from tellerdesk.billers.states import AmountRule
from tellerdesk.errors import BadInput, BadSetup
from tellerdesk.i18n import Bilingual
from tellerdesk.text import typed

SHIPPED = Path(__file__).parent / "catalogue"

CHECKSUMS: dict[str, Callable[[str], bool]] = {
    "mod_97_10": mod_97_10.is_valid,
    "luhn": luhn.is_valid,
}
"""By the name a catalogue file gives; each says whether a number with its check digits is right."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Part):
    """A name in both languages."""

    zh_CN: Annotated[str, Field(min_length=1, max_length=60)]
    en: Annotated[str, Field(min_length=1, max_length=60)]

    @property
    def both(self) -> Bilingual:
        return Bilingual(self.zh_CN, self.en)


def _compiles(pattern: str) -> str:
    re.compile(pattern)
    return pattern


class Consumer(_Part):
    """The one field a look-up asks for. `personal` numbers (a phone) are sealed at rest."""

    label: Said
    pattern: Annotated[str, AfterValidator(_compiles)]
    length: Annotated[int, Field(ge=1, le=32)]
    checksum: Literal["none", "mod_97_10", "luhn"]
    example: str
    personal: bool

    @model_validator(mode="after")
    def _example_passes(self) -> Consumer:
        if not re.fullmatch(self.pattern, self.example) or not self.checks(self.example):
            raise ValueError("the example does not pass its own pattern and checksum")
        return self

    def checks(self, number: str) -> bool:
        return self.checksum == "none" or CHECKSUMS[self.checksum](number)


class Amount(_Part):
    rule: AmountRule


class Deadlines(_Part):
    """The longest a question may take, in seconds."""

    query_s: Annotated[float, Field(gt=0, le=60)]
    pay_s: Annotated[float, Field(gt=0, le=120)]
    inquire_s: Annotated[float, Field(gt=0, le=60)]


class Capabilities(_Part):
    """What the biller's side can do about a message whose fate is not known."""

    dedupe: bool
    inquiry: bool
    tombstone: bool
    message_validity_s: Annotated[int, Field(ge=0)]


class Refusals(_Part):
    codes: frozenset[str]


class Accounts(_Part):
    """Accounts at core: where payments wait, and where clearing moves them."""

    internal: str
    settlement: str


class Biller(_Part):
    """One biller, as its file says."""

    code: Annotated[str, Field(pattern=r"^[0-9A-Z]{2,8}$")]
    name: Said
    short_name: Said
    item: Said
    consumer: Consumer
    amount: Amount
    deadlines: Deadlines
    capabilities: Capabilities
    refusals: Refusals
    accounts: Accounts

    def consumer_no(self, text: str) -> str:
        """What the teller typed or pasted as a consumer number: folded, without spaces and dashes, checked.

        Raises BadInput (field "consumer_no") naming what is wrong and an example.
        """
        number = re.sub(r"[\s-]", "", typed(text, field="consumer_no", most=64)).upper()
        if not number:
            raise BadInput("error.consumer.empty", field="consumer_no", example=self.consumer.example)
        if not re.fullmatch(self.consumer.pattern, number, re.ASCII):
            raise BadInput(
                "error.consumer.format",
                field="consumer_no",
                length=self.consumer.length,
                typed=len(number),
                example=self.consumer.example,
            )
        if not self.consumer.checks(number):
            raise BadInput("error.consumer.checksum", field="consumer_no")
        return number


def read(path: Path) -> Biller:
    """Raises BadSetup with the file, the key and what is wrong with it."""
    try:
        return Biller.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetup("error.setup.unreadable", path=str(path), reason=str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadSetup("error.setup.wrong_value", path=str(path), reason=f"{key}: {first['msg']}") from None


def read_all(folder: Path | None = None) -> dict[str, Biller]:
    """Every biller of a folder, by code. Raises BadSetup; a code given twice is an error."""
    billers: dict[str, Biller] = {}
    for path in sorted((folder or SHIPPED).glob("*.toml")):
        biller = read(path)
        if biller.code in billers:
            raise BadSetup("error.setup.wrong_value", path=str(path), reason=f"code: {biller.code} twice")
        billers[biller.code] = biller
    if not billers:
        raise BadSetup("error.setup.no_file", path=str(folder or SHIPPED))
    return billers
