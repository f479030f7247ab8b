"""Writes the next migration: `python -m tellerdesk.store.migrations.new "what changes"`.

It compares an empty database brought up by the migrations there are with the tables of all rooms, and writes the
difference as versions/NNNN_what_changes.py. Read it: Alembic sees no changed CHECK and no changed condition of a
partial index, and knows nothing of what rows need. Then format it, set `schema.HEAD` to its number and run the store's
tests: they compare the migrated database with the tables down to every constraint, on both databases.

To write the first one anew before it has ever been released: delete it, then run this with "first tables".
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tellerdesk.store import schema
from tellerdesk.store.engine import Store


def write(message: str) -> Path:
    """Writes the file and returns its path."""
    from alembic import command
    from alembic.script import Script, ScriptDirectory

    metadata = schema.all_metadata()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/empty.db")
        try:
            with store.schema_change("schema.new") as connection:
                config = schema.alembic_config(connection, metadata)
                config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
                head = ScriptDirectory.from_config(config).get_current_head()
                command.upgrade(config, "head")
                number = f"{int(head or 0) + 1:04d}"
                script = command.revision(config, message, autogenerate=True, rev_id=number)
        finally:
            store.close()
    if not isinstance(script, Script):
        raise TypeError("one migration at a time")
    path = Path(script.path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.strip().startswith("# ###")), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.stdout.write(f"{write(' '.join(sys.argv[1:]) or 'change')}\n")
