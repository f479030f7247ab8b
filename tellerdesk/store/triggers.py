"""Triggers that keep history. Made anew by one function after every migration: Alembic's batch mode drops them."""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, text
from sqlalchemy import Table as SaTable

from tellerdesk.store.base import History


def wanted(metadata: MetaData, dialect: str) -> dict[str, str]:
    """Every trigger that must be there, by name, with the statement that makes it."""
    statements: dict[str, str] = {}
    for table in metadata.sorted_tables:
        history = table.info.get("history")
        if history is not None:
            make = _sqlite if dialect == "sqlite" else _postgres
            statements |= make(table, History(history))
    return statements


def drop(connection: Connection) -> None:
    """Drops the triggers of ours that are there: PostgreSQL lets no column change that a trigger names."""
    for name, table in present(connection).items():
        tail = "" if connection.dialect.name == "sqlite" else f" ON {table}"
        connection.execute(text(f"DROP TRIGGER {name}{tail}"))


def recreate(connection: Connection, metadata: MetaData) -> None:
    """Drops the triggers of ours that are there and makes the wanted ones."""
    dialect = connection.dialect.name
    drop(connection)
    if dialect == "postgresql":
        connection.execute(text(_POSTGRES_FUNCTION))
    for statement in wanted(metadata, dialect).values():
        connection.execute(text(statement))


def present(connection: Connection) -> dict[str, str]:
    """The names of our triggers in this database, each with its table."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'keep\\_%' ESCAPE '\\'"
    else:
        query = (
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND t.tgname LIKE 'keep\\_%'"
        )
    return dict(connection.execute(text(query)).all())


def _forbidden(table: SaTable, history: History, differs: str) -> str:
    """What makes an UPDATE forbidden, as SQL."""
    if history is History.APPEND_ONLY:
        return "1 = 1"
    conditions = [f"NEW.{column} {differs} OLD.{column}" for column in table.info.get("fixed", ())]
    if closed := table.info.get("closed"):
        conditions.append(f"({closed})")
    return " OR ".join(conditions) or "1 = 0"


def _sqlite(table: SaTable, history: History) -> dict[str, str]:
    condition = _forbidden(table, history, "IS NOT")
    refuse = f"BEGIN SELECT RAISE(ABORT, 'history of {table.name} is kept'); END"
    return {
        f"keep_{table.name}_update": f"CREATE TRIGGER keep_{table.name}_update BEFORE UPDATE ON {table.name} "
        f"WHEN {condition} {refuse}",
        f"keep_{table.name}_delete": f"CREATE TRIGGER keep_{table.name}_delete BEFORE DELETE ON {table.name} {refuse}",
    }


_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history of % is kept', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def _postgres(table: SaTable, history: History) -> dict[str, str]:
    condition = _forbidden(table, history, "IS DISTINCT FROM")
    call = "EXECUTE FUNCTION keep_history()"
    head = f"CREATE TRIGGER keep_{table.name}"
    return {
        f"keep_{table.name}_update": f"{head}_update BEFORE UPDATE ON {table.name} "
        f"FOR EACH ROW WHEN ({condition}) {call}",
        f"keep_{table.name}_delete": f"{head}_delete BEFORE DELETE ON {table.name} FOR EACH ROW {call}",
        f"keep_{table.name}_truncate": f"{head}_truncate BEFORE TRUNCATE ON {table.name} FOR EACH STATEMENT {call}",
    }
