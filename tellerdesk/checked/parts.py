"""What every checked file is made of: strict tables, plain text, names in both languages."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tellerdesk.checked.mistakes import wrong
from tellerdesk.i18n import Bilingual
from tellerdesk.text import clean


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _plain(text: str) -> str:
    if clean(text) != text:
        raise wrong("error.catalogue.not_plain")
    return text


ShownText = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_plain)]


class Said(Part):
    """A name in both languages."""

    zh_CN: ShownText
    en: ShownText

    @property
    def both(self) -> Bilingual:
        return Bilingual(self.zh_CN, self.en)
