"""Who brings large cash: documents checked, written down sealed, and named in the audit by their kind alone."""

from __future__ import annotations

from collections.abc import Callable

from tellerdesk.bills.commands import Identity, Person
from tellerdesk.errors import BadInput
from tellerdesk.identity import parse_id_card, parse_passport
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.text import typed

_PARSERS: dict[str, Callable[..., str]] = {"ID_CARD": parse_id_card, "PASSPORT": parse_passport}


def checked(identity: Identity) -> Identity:
    """The same persons, their names and numbers folded and checked.

    Raises BadInput with the field "payer_name", "payer_document_no", "payer_kind", or the agent's.
    """
    agent = None if identity.agent is None else _checked(identity.agent, "agent")
    return Identity(_checked(identity.payer, "payer"), agent)


def written(identity: Identity) -> str:
    """What is sealed with the payment."""
    told = {who: [person.name, person.kind, person.document_no] for who, person in _persons(identity).items()}
    return canonical_json(told).decode()


def kinds(identity: Identity | None) -> dict[str, str]:
    """The kind of document each person has shown, for the audit."""
    return {} if identity is None else {who: person.kind for who, person in _persons(identity).items()}


def _persons(identity: Identity) -> dict[str, Person]:
    persons = {"payer": identity.payer}
    return persons if identity.agent is None else persons | {"agent": identity.agent}


def _checked(person: Person, who: str) -> Person:
    name = typed(person.name, field=f"{who}_name", most=60)
    if not name:
        raise BadInput("error.identity.name", field=f"{who}_name")
    parse = _PARSERS.get(person.kind)
    if parse is None:
        raise BadInput("error.identity.kind", field=f"{who}_kind")
    return Person(name, parse(person.document_no, field=f"{who}_document_no"), person.kind)
