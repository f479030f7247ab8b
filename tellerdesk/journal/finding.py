"""What stands beside the entries so that they are found: the names' pairs of characters, the accounts' blind indexes.

A name is found by any two characters that stand together in it. Chinese names have two to four characters, too few for
the databases' own text indexes, so every pair of neighbouring characters of every name is kept, once for each name.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable

from tellerdesk.journal.models import EntryAccount, NamePair
from tellerdesk.store.base import table_of
from tellerdesk.store.vault import Vault

PAIR, ACCOUNT = table_of(NamePair), table_of(EntryAccount)

_ACCOUNT_PLACE = "journal_account.account_no"


def folded(name: str) -> str:
    """How a name is compared: without the difference of capitals and of full and half width."""
    return unicodedata.normalize("NFKC", name).casefold()


def pairs(text: str) -> list[str]:
    """Every two neighbouring characters of a folded text, each once, sorted."""
    return sorted({text[at : at + 2] for at in range(len(text) - 1)})


def keep_name(connection: Connection, name: str) -> None:
    """Has entries of this name found by parts of it. A name that is known already costs one look."""
    if rows := name_rows(name):
        connection.execute(_keeping(connection.dialect.name, "pair"), rows)


def name_rows(name: str) -> list[dict[str, Any]]:
    """The rows of a name: in one order for everybody, so that two desks with the same new name do not lock each
    other out."""
    compared = folded(name)
    return [{"pair": pair, "name": name, "folded": compared} for pair in pairs(compared)]


def account_index(vault: Vault, account_no: str) -> bytes:
    """What an account is found by."""
    return vault.blind(account_no, column=_ACCOUNT_PLACE)


def keep_account(connection: Connection, serial: str, index: bytes) -> None:
    """Has an entry found by the account its money comes from or goes to; `index` as `account_index` gives it. Keeping
    it again changes nothing."""
    connection.execute(_keeping(connection.dialect.name, "account"), {"account_index": index, "serial": serial})


@cache
def _keeping(dialect_name: str, what: str) -> Executable:
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = sqlite if dialect_name == "sqlite" else postgresql
    keeping: Executable = dialect.insert(PAIR if what == "pair" else ACCOUNT).on_conflict_do_nothing()
    return keeping
