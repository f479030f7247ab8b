"""Who brings large cash: documents checked, written down sealed, and named in the audit by their kind alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
    agent = None if identity.agent is None else person(identity.agent, "agent")
    return Identity(person(identity.payer, "payer"), agent)


def written(identity: Identity) -> str:
    """What is sealed with the payment."""
    return told(_persons(identity))


def told(persons: Mapping[str, Person]) -> str:
    """Persons by what they are here, as one text there is for them."""
    return canonical_json({who: [seen.name, seen.kind, seen.document_no] for who, seen in persons.items()}).decode()


def kinds(identity: Identity | None) -> dict[str, str]:
    """The kind of document each person has shown, for the audit."""
    return {} if identity is None else {who: seen.kind for who, seen in _persons(identity).items()}


def _persons(identity: Identity) -> dict[str, Person]:
    persons = {"payer": identity.payer}
    return persons if identity.agent is None else persons | {"agent": identity.agent}


def person(seen: Person, who: str) -> Person:
    """One person, name and number folded and checked. Raises BadInput with the field "<who>_name" and the like."""
    name = typed(seen.name, field=f"{who}_name", most=60)
    if not name:
        raise BadInput("error.identity.name", field=f"{who}_name")
    parse = _PARSERS.get(seen.kind)
    if parse is None:
        raise BadInput("error.identity.kind", field=f"{who}_kind")
    return Person(name, parse(seen.document_no, field=f"{who}_document_no"), seen.kind)
