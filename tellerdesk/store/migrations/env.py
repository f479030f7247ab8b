"""What Alembic runs: the migrations on the connection `tellerdesk.store.schema` opened, inside its transaction.

A migration that is written lasts: it speaks of SQLAlchemy's own types alone, and what a table's triggers keep stands
with the table, not with the migration.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import CreateTableOp, UpgradeOps
from sqlmodel.sql.sqltypes import AutoString

from tellerdesk.store.types import UtcInstant


def in_plain_types(kind: str, thing: Any, autogen: AutogenContext) -> str | Literal[False]:  # noqa: ARG001
    if kind == "type" and isinstance(thing, UtcInstant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, AutoString):
        return f"sa.String(length={thing.length})" if thing.length else "sa.String()"
    return False


def without_info(runs_in: Any, revision: Any, scripts: list[Any]) -> None:  # noqa: ARG001
    for script in scripts:
        changes: UpgradeOps = script.upgrade_ops
        for change in changes.ops:
            if isinstance(change, CreateTableOp):
                change.info = {}


config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes["metadata"],
    render_as_batch=True,
    render_item=in_plain_types,
    process_revision_directives=without_info,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
