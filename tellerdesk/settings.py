"""The whole settings file, validated. Imported only after the first frame: pydantic-settings is slow to load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tellerdesk.errors import BadSetup
from tellerdesk.i18n import Bilingual
from tellerdesk.money import MAX_FEN


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bank(_Part):
    name_zh: str
    name_en: str
    channel_id: str = Field(default="TD01", pattern=r"^[A-Z0-9]{2,8}$")
    """Names this whole channel to its counterparts and in core's files."""

    @property
    def name(self) -> Bilingual:
        return Bilingual(self.name_zh, self.name_en)


class Workstation(_Part):
    branch_no: str = Field(pattern=r"^[0-9]{4}$")
    branch_zh: str
    branch_en: str
    till_no: str = Field(pattern=r"^[0-9]{2}$")
    terminal: str = "T01"
    idle_lock_s: float = Field(default=240, gt=0)
    """Seconds without a key until the desk locks itself."""


class StoreSettings(_Part):
    url: str
    """sqlite:///FILE (relative to the settings' folder) or postgresql+psycopg://..."""
    key_file: str = "keys.json"
    """0600, outside the database."""


class LinkSettings(_Part):
    url: str
    """Base address of the counterpart, without a slash at the end."""
    connect_deadline_s: float = Field(default=2.0, gt=0)


class Flows(_Part):
    """How long the flows wait; all in seconds."""

    inline_window_s: float = Field(default=60, gt=0)
    """A late answer of core may still be carried on to the biller within this time, while the teller waits."""
    lease_margin_s: float = Field(default=5, gt=0)
    """A lease outlives the longest deadline of one leg by this much."""
    recovery_every_s: float = Field(default=30, gt=0)
    unsent_tries: int = Field(default=2, ge=1)
    """How often a message that certainly did not leave is sent before the flow gives up."""
    unsent_pause_s: float = Field(default=0.4, ge=0)
    inline_pause_s: float = Field(default=0.5, ge=0)
    """Between two questions while the teller waits."""
    inquiries: int = Field(default=3, ge=1)
    """Failed inquiries after which an unknown posting at core is reversed blind (it tombstones the serial)."""
    reversal_tries: int = Field(default=8, ge=1)
    """Unanswered reversals after which a person decides."""
    backoff_s: tuple[float, ...] = (5, 15, 60, 300)
    duplicate_days: int = Field(default=3, ge=0, le=366)
    """How many days back a payment of the same consumer asks the teller to confirm the next one. Under change control:
    once a desk was opened, what was approved counts (see `tellerdesk parameters`)."""


class LargeCash(_Part):
    identity_from_fen: int = Field(default=1_000_000, ge=1, le=MAX_FEN)
    """From this amount of cash on, in fen, the payer's identity is asked for. Under change control, like
    `duplicate_days`."""


class PinPadSettings(_Part):
    url: str
    """Address of the pad on this counter, without a slash at the end."""
    deadline_s: float = Field(default=45, gt=0)
    """How long the customer may take to key the PIN, in seconds."""


class StaffSettings(_Part):
    session_hours: float = Field(default=12, gt=0, le=24)
    """How long a sign-on lasts, by the database's clock; then the person signs on anew."""


class AuditSettings(_Part):
    seals: str = ""
    """The file of seals, outside the data folder; empty: in the state folder of who runs the desk."""
    every_s: float = Field(default=60, gt=0)


class Settings(BaseSettings):
    """tellerdesk.toml, whole."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    folder: Path
    language: str = "zh_CN"
    training: bool = False
    bank: Bank
    desk: Workstation
    store: StoreSettings
    core: LinkSettings
    core_deadline_s: float = Field(default=5, gt=0)
    billers: dict[str, LinkSettings] = {}
    """By biller code; what a biller is stands in its catalogue file."""
    catalogue: str = ""
    """Folder of biller files; empty: the ones that come with tellerdesk. Drafts, once a desk was opened: what was
    approved counts."""
    flows: Flows = Flows()
    large_cash: LargeCash = LargeCash()
    pinpad: PinPadSettings | None = None
    """None: this workstation has no pad"""
    staff: StaffSettings = StaffSettings()
    audit: AuditSettings = AuditSettings()
    sample_staff: list[dict[str, str]] = []

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (pydantic's signature)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # the file alone: an environment variable never redirects money


def settings_of(file: Path, table: dict[str, Any]) -> Settings:
    """What `table`, read from `file`, says. Raises BadSetup with the key and what is wrong with it."""
    try:
        return Settings(folder=file.parent, **table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadSetup("error.setup.wrong_value", path=str(file), reason=f"{key}: {first['msg']}") from None
