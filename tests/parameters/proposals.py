"""Changes to propose, and the sentence that refuses one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import LANGUAGES, words

from .office import Office


def settle_elsewhere(office: Office) -> None:
    office.edit("1101", ('settlement = "ST-1101"', 'settlement = "ST-9999"'))


def refusal(call: Callable[[], object]) -> TellerDeskError:
    """What it raises, which has a sentence in both languages with nothing left unfilled."""
    with pytest.raises(TellerDeskError) as raised:
        call()
    for language in LANGUAGES:
        assert words(language).knows(raised.value.message_id), raised.value
        assert "{" not in words(language).error(raised.value)
    return raised.value
