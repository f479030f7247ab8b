"""The other side: the catalogue's billers, whether core and each of them answer, the clocks, the PIN pad."""

from __future__ import annotations

import secrets
import socket
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tellerdesk.billers.catalogue import SHIPPED, Biller, read, read_all
from tellerdesk.clock import SystemClock
from tellerdesk.doctor.findings import Finding, Group, Ill, NotExamined, left_out, look
from tellerdesk.doctor.records import opened
from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.client import SignedClient
from tellerdesk.links.contracts.biller import QUERY, BillQuery
from tellerdesk.links.contracts.core import ACCOUNTING_DATE
from tellerdesk.links.lights import LightState
from tellerdesk.links.link import Link
from tellerdesk.links.signing import MOST_SKEW_S
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.parameters.overview import billers_known
from tellerdesk.settings import LinkSettings, Settings
from tellerdesk.store import keys

NO_NAME = Bilingual("", "")
PIN_PAD_S = 2.0

_ILL = {
    "timeout": "door.doctor.link.silent",
    "not-connected": "door.doctor.link.unreachable",
    "bad-signature": "door.doctor.link.unsigned",
    "http-401": "door.doctor.link.refused",
}
"""What an answer's reason means for whoever is to mend it."""


def examine(settings: Settings, *, readable: bool) -> list[Finding]:
    """The catalogue, then core, each biller, the clocks and the PIN pad, through real calls that move nothing.
    `readable`: the database is well and tells which billers are in force."""
    group = Group.COUNTERPARTS
    try:
        ring = keys.load(settings.folder / settings.store.key_file)
        billers = _known(settings, ring, readable=readable)
    except TellerDeskError:
        return [
            look(group, "door.doctor.catalogue", lambda: _catalogue(settings)),
            left_out(group, "door.doctor.core"),
            look(group, "door.doctor.pinpad", lambda: _pin_pad(settings)),
        ]
    found = [look(group, "door.doctor.catalogue", lambda: _catalogue(settings))]
    core = partial(_core, settings, ring)
    link: list[Link] = []
    found.append(look(group, "door.doctor.core", lambda: core(link)))
    for code, at in settings.billers.items():
        if biller := billers.get(code):
            asked = partial(_biller, settings, ring, biller, at)
            found.append(look(group, "door.doctor.biller", asked, _named(code, biller)))
    found.append(look(group, "door.doctor.clock", lambda: _clock(link)))
    found.append(look(group, "door.doctor.pinpad", lambda: _pin_pad(settings)))
    return found


def _known(settings: Settings, ring: keys.Keys, *, readable: bool) -> dict[str, Biller]:
    """As a desk opens with them; from the files where the database cannot tell: what is wrong with it is another
    finding."""
    files = Path(settings.catalogue) if settings.catalogue else None
    if readable:
        with suppress(TellerDeskError), opened(settings) as store:
            return billers_known(store, ring.audit, files)
    return read_all(files)


def _catalogue(settings: Settings) -> Message:
    folder = Path(settings.catalogue) if settings.catalogue else SHIPPED
    known = {read(path).code for path in sorted(folder.glob("*.toml"))}
    read_all(folder)
    if unknown := sorted(set(settings.billers) - known):
        raise Ill("door.doctor.catalogue.unknown", codes=", ".join(unknown), path=str(folder))
    if not settings.billers:
        raise Ill("door.doctor.catalogue.none")
    idle = sorted(known - set(settings.billers))
    return Message("door.doctor.catalogue.well", {"count": len(settings.billers), "idle": ", ".join(idle) or "-"})


def _core(settings: Settings, ring: keys.Keys, made: list[Link]) -> Message:
    link = _link(settings, ring, "core", settings.core, settings.core_deadline_s)
    made.append(link)
    began = time.monotonic()
    answer = link.call(ACCOUNTING_DATE, request_id=_request_id())
    took_ms = _took_ms(began)
    if answer.kind is not AnswerKind.ACCEPTED or answer.body is None:
        raise _ill(answer.code)
    day = answer.body.accounting_date.isoformat()
    slow = link.light.state is LightState.SLOW
    return Message("door.doctor.core.slow" if slow else "door.doctor.core.well", {"day": day, "ms": took_ms})


def _biller(settings: Settings, ring: keys.Keys, biller: Biller, at: LinkSettings) -> Message:
    link = _link(settings, ring, biller.code, at, biller.deadlines.query_s, biller.refusals.codes)
    query = BillQuery(
        channel_id=settings.bank.channel_id,
        consumer_no=biller.consumer.example,
        fields={more.key: more.example for more in biller.fields if more.required},
    )
    began = time.monotonic()
    answer = link.call(QUERY, request_id=_request_id(), body=canonical_json(query.model_dump(mode="json")))
    took_ms = _took_ms(began)
    if answer.kind not in (AnswerKind.ACCEPTED, AnswerKind.REJECTED):
        raise _ill(answer.code)
    slow = link.light.state is LightState.SLOW
    return Message("door.doctor.biller.slow" if slow else "door.doctor.biller.well", {"ms": took_ms})


def _clock(core: list[Link]) -> Message:
    gap_s = core[0].clock_gap_s if core else None
    if gap_s is None:
        raise NotExamined("door.doctor.clock.not_told")
    told: dict[str, str | int] = {"gap": round(gap_s), "most": MOST_SKEW_S}
    if abs(gap_s) > MOST_SKEW_S / 2:
        raise Ill("door.doctor.clock.off", **told)
    return Message("door.doctor.clock.well", told)


def _pin_pad(settings: Settings) -> Message:
    url = getattr(getattr(settings, "pinpad", None), "url", "")
    if not url:
        raise NotExamined("door.doctor.pinpad.none")
    place = urlsplit(url)
    try:
        port = place.port or (443 if place.scheme == "https" else 80)
        socket.create_connection((place.hostname or "", port), PIN_PAD_S).close()
    except (OSError, ValueError):
        raise Ill("door.doctor.pinpad.silent", url=url) from None
    return Message("door.doctor.pinpad.well", {"url": url})


def _link(
    settings: Settings,
    ring: keys.Keys,
    code: str,
    at: LinkSettings,
    deadline_s: float,
    refusals: frozenset[str] = frozenset(),
) -> Link:
    clock = SystemClock()
    client = SignedClient(at.url, settings.bank.channel_id, ring.link(code), clock, at.connect_deadline_s)
    return Link(code, NO_NAME, client, deadline_s, refusals, clock)


def _ill(reason: str) -> Ill:
    return Ill(_ILL.get(reason, "door.doctor.link.odd"), reason=reason)


def _named(code: str, biller: Biller) -> Bilingual:
    return Bilingual(f"{code} {biller.short_name.zh_CN}", f"{code} {biller.short_name.en}")


def _request_id() -> str:
    return f"doctor-{secrets.token_hex(8)}"


def _took_ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
