"""One settings file (tellerdesk.toml) in one folder.

Before the first frame only `front` is read, with tomllib alone; the whole file is validated by `load` right after, in
the background. Secrets never stand here but in the key file beside it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tellerdesk.errors import BadSetup
from tellerdesk.i18n import LANGUAGES, Bilingual, language_of_locale

if TYPE_CHECKING:
    from tellerdesk.settings import Settings

FILE_NAME = "tellerdesk.toml"


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """A person of the training set, shown on the sign-on screen."""

    staff_no: str
    name: str
    role: str
    password: str
    code_secret: str = ""
    """of the one-time codes; empty for who has none"""


@dataclass(frozen=True, slots=True)
class Front:
    """What the first frame needs to know."""

    folder: Path
    language: str
    bank: Bilingual
    branch: Bilingual
    branch_no: str
    till_no: str
    training: bool
    idle_lock_s: float
    sample_staff: tuple[SamplePerson, ...]


def _table(folder: Path, till_no: str) -> dict[str, Any]:
    path = folder / FILE_NAME
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadSetup("error.setup.no_file", path=str(path)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetup("error.setup.unreadable", path=str(path), reason=str(error)) from None
    if till_no and isinstance(table.get("desk"), dict):
        table["desk"] |= {"till_no": till_no, "terminal": f"T{till_no}"}
    return table


def front(folder: Path, till_no: str = "") -> Front:
    """Reads the few settings the first frame shows. `till_no`: another workstation than the file's, on the same
    database. Raises BadSetup."""
    table = _table(folder, till_no)
    try:
        language = str(table.get("language", "")) or language_of_locale()
        bank, desk = table["bank"], table["desk"]
        return Front(
            folder=folder,
            language=language if language in LANGUAGES else "zh_CN",
            bank=Bilingual(bank["name_zh"], bank["name_en"]),
            branch=Bilingual(desk["branch_zh"], desk["branch_en"]),
            branch_no=desk["branch_no"],
            till_no=desk["till_no"],
            training=bool(table.get("training", False)),
            idle_lock_s=float(desk.get("idle_lock_s", 240)),
            sample_staff=tuple(
                SamplePerson(
                    person["staff_no"],
                    person["name"],
                    person["role"],
                    person["password"],
                    person.get("code_secret", ""),
                )
                for person in table.get("sample_staff", [])
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadSetup("error.setup.wrong_value", path=str(folder / FILE_NAME), reason=str(error)) from None


def load(folder: Path, till_no: str = "") -> Settings:
    """Reads and validates the whole file, for the workstation `front` describes. Raises BadSetup naming the key."""
    from tellerdesk.settings import settings_of

    return settings_of(folder / FILE_NAME, _table(folder, till_no))
