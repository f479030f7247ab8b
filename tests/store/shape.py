"""Everything a database itself says about its tables."""

# ruff: noqa: S608

from __future__ import annotations

from sqlalchemy import Connection, text

from tellerdesk.store.engine import Store


def shape(store: Store) -> set[str]:
    """Everything the database itself says about its tables, one line each."""
    with store.read() as session:
        connection = session.connection()
        return _sqlite_shape(connection) if store.dialect == "sqlite" else _postgres_shape(connection)


def _sqlite_shape(connection: Connection) -> set[str]:
    lines: set[str] = set()
    for name, statement in connection.execute(text("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")):
        if name == "alembic_version":
            lines.add(name)
            continue
        plain = statement.replace('"', "")
        lines |= {f"{name}: {line.strip().rstrip(', ')}" for line in plain.splitlines()}
    return lines


def _postgres_shape(connection: Connection) -> set[str]:
    ours = "c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'alembic_version%'"
    questions = (
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
        "pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        f"LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum) WHERE {ours} AND a.attnum > 0 "
        "AND c.relkind = 'r'",
        "SELECT c.relname, o.conname, pg_get_constraintdef(o.oid) FROM pg_constraint o "
        f"JOIN pg_class c ON c.oid = o.conrelid WHERE {ours}",
        f"SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_class c WHERE {ours} AND c.relkind = 'i'",
        "SELECT c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        f"WHERE {ours} AND NOT t.tgisinternal",
    )
    lines = {" ".join(map(str, row)) for question in questions for row in connection.execute(text(question))}
    return lines | ({"alembic_version"} if connection.scalar(text("SELECT to_regclass('alembic_version')")) else set())
