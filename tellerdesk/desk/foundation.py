"""What every room of a desk stands on: the store, the keys, the audit, what is in force and the links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills.payment_flow import CORE
from tellerdesk.clock import Clock
from tellerdesk.desk.places import drafts_of, store_url
from tellerdesk.errors import BadSetup
from tellerdesk.i18n import Bilingual
from tellerdesk.links.client import SignedClient
from tellerdesk.links.link import Link
from tellerdesk.parameters.drafts import Drafts
from tellerdesk.parameters.in_force import InForce
from tellerdesk.settings import LinkSettings, Settings
from tellerdesk.steps import StepHook
from tellerdesk.store import keys, schema
from tellerdesk.store.engine import Store
from tellerdesk.store.vault import Vault

CORE_NAME = Bilingual("核心", "Core")


class Connect(Protocol):
    """Makes the link to the counterpart `code`."""

    def __call__(
        self,
        code: str,
        name: Bilingual,
        link: LinkSettings,
        key_ring: keys.Keys,
        deadline_s: float,
        refusals: frozenset[str],
        /,
    ) -> Link: ...


@dataclass(frozen=True, slots=True)
class Foundation:
    """Laid once, when a desk is opened."""

    settings: Settings
    clock: Clock
    key_ring: keys.Keys
    store: Store
    vault: Vault
    audit: AuditTrail
    in_force: InForce
    drafts: Drafts
    catalogue: Mapping[str, Biller]
    """every biller in force when the desk was opened"""
    core: Link
    links: Mapping[str, Link]
    """to the billers that can be paid here: one that waits for approval has an address and is not paid yet"""

    @property
    def billers(self) -> dict[str, Biller]:
        """Those that can be paid here."""
        return {code: self.catalogue[code] for code in self.links}

    @property
    def names(self) -> dict[str, Bilingual]:
        """What the counterparts are called, by their codes."""
        return {CORE: CORE_NAME} | {code: biller.name.both for code, biller in self.billers.items()}


def lay(settings: Settings, clock: Clock, hook: StepHook, connect: Connect) -> Foundation:
    """Raises BadSetup, StoreUnavailable. The schema must be current (see `store.schema`)."""
    key_ring = keys.load(settings.folder / settings.store.key_file)
    store = Store(store_url(settings), hook=hook)
    if not schema.is_current(store):
        raise BadSetup("error.store.not_current")
    audit = AuditTrail(key_ring, clock)
    in_force = InForce(store, audit, clock, key_ring.audit)
    drafts = drafts_of(settings)
    in_force.adopt(drafts)
    with store.read() as session:
        catalogue = in_force.open_billers(session.connection())
    links = {
        code: connect(
            code,
            catalogue[code].short_name.both,
            link,
            key_ring,
            catalogue[code].deadlines.pay_s,
            catalogue[code].refusals.codes,
        )
        for code, link in settings.billers.items()
        if code in catalogue
    }
    return Foundation(
        settings=settings,
        clock=clock,
        key_ring=key_ring,
        store=store,
        vault=Vault(key_ring),
        audit=audit,
        in_force=in_force,
        drafts=drafts,
        catalogue=catalogue,
        core=connect(CORE, CORE_NAME, settings.core, key_ring, settings.core_deadline_s, frozenset()),
        links=links,
    )


def signed_link(
    channel_id: str,
    clock: Clock,
    code: str,
    name: Bilingual,
    link: LinkSettings,
    key_ring: keys.Keys,
    deadline_s: float,
    refusals: frozenset[str],
) -> Link:
    """To a counterpart over the network, each message signed with the key of this pair."""
    client = SignedClient(link.url, channel_id, key_ring.link(code), clock, connect_deadline_s=link.connect_deadline_s)
    return Link(code, name, client, deadline_s, refusals, clock)
