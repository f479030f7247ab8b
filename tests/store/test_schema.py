"""The database gets the shape the tables have, all of it at once, whoever starts at the same time."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

import tellerdesk
from tellerdesk.errors import BadSetup
from tellerdesk.journal import finding
from tellerdesk.steps import no_hook
from tellerdesk.store import schema, triggers
from tellerdesk.store.engine import Store
from tests.postgres.cluster import Cluster
from tests.store.at_once import at_once
from tests.store.shape import shape


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database with nothing in it."""
    if kind == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'empty.db'}")
        yield store
        store.close()
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.database()
    store = Store(cluster.url(name))
    yield store
    store.close()
    cluster.drop(name)


def tables(store: Store) -> set[str]:
    with store.read() as session:
        return set(inspect(session.connection()).get_table_names())


def test_an_empty_database_has_no_version_and_is_brought_to_the_newest(empty: Store) -> None:
    assert (schema.version(empty), schema.is_current(empty)) == (None, False)
    schema.upgrade(empty)
    assert (schema.version(empty), schema.is_current(empty)) == (schema.HEAD, True)
    assert tables(empty) == {"alembic_version", *schema.all_metadata().tables}


def test_a_second_upgrade_changes_nothing(store: Store) -> None:
    before = shape(store)
    schema.upgrade(store)
    assert shape(store) == before


def test_the_newest_revision_is_the_last_file() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_every_room_with_tables_is_named() -> None:
    package = Path(tellerdesk.__file__).parent
    assert {path.parent.name for path in package.glob("*/models.py")} == set(schema.ROOMS)


def test_the_migrations_make_what_the_tables_say(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with store.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, schema.all_metadata()) == []


def test_the_migrations_make_every_constraint_the_tables_have(empty: Store) -> None:
    """Alembic's own comparison sees no CHECK and no condition of an index: so the databases themselves are asked."""
    with empty.schema_change("test") as connection:
        schema.all_metadata().create_all(connection)
        triggers.recreate(connection, schema.all_metadata())
    by_tables = shape(empty)
    with empty.schema_change("test") as connection:
        triggers.drop(connection)
        schema.all_metadata().drop_all(connection)
    assert shape(empty) == set()
    schema.upgrade(empty)
    assert shape(empty) - {"alembic_version"} == by_tables


def test_every_constraint_has_a_name_of_ours(store: Store) -> None:
    with store.read() as session:
        ask = inspect(session.connection())
        for table in schema.all_metadata().tables:
            named = [ask.get_pk_constraint(table), *ask.get_foreign_keys(table)]
            named += [*ask.get_unique_constraints(table), *ask.get_check_constraints(table)]
            for constraint in named:
                assert str(constraint["name"]).startswith(("pk_", "fk_", "uq_", "ck_")), (table, constraint)


def test_every_trigger_that_keeps_history_is_there(store: Store) -> None:
    with store.read() as session:
        present = triggers.present(session.connection())
    assert present.keys() == triggers.wanted(schema.all_metadata(), store.dialect).keys()
    assert len(present) > 20


def test_triggers_that_were_taken_away_are_put_back(store: Store) -> None:
    before = shape(store)
    with store.schema_change("test") as connection:
        triggers.drop(connection)
    assert shape(store) != before
    schema.upgrade(store)
    assert shape(store) == before


@pytest.fixture
def next_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this program knows one migration more: it makes a column wider that a trigger names, which copies
    the whole table on SQLite."""
    migrations = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    following = f"{int(schema.HEAD) + 1:04d}"
    (migrations / "versions" / f"{following}_wider.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        f"revision, down_revision = {following!r}, {schema.HEAD!r}\n"
        "def upgrade():\n"
        "    with op.batch_alter_table('journal_entry') as table:\n"
        "        table.alter_column('counterpart', type_=sa.String(20), existing_nullable=False)\n"
    )
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)
    monkeypatch.setattr(schema, "HEAD", following)


def test_triggers_rows_and_what_points_at_them_outlive_a_rebuilt_table(
    store: Store, request: pytest.FixtureRequest
) -> None:
    before = shape(store)
    with store.write("test") as unit:
        for statement in _ONE_ENTRY_WITH_A_CLAIM:
            unit.connection.execute(text(statement))
        unit.commit()
    request.getfixturevalue("next_program")
    schema.upgrade(store)
    assert schema.is_current(store)
    after = shape(store)
    assert before - after
    assert {line.replace("VARCHAR(20)", "VARCHAR(16)").replace("(20)", "(16)") for line in after - before} == (
        before - after
    )
    with store.read() as session:
        wanted = triggers.wanted(schema.all_metadata(), store.dialect)
        assert triggers.present(session.connection()).keys() == wanted.keys()
        joined = "SELECT count(*) FROM bills_claim JOIN journal_entry USING (serial)"
        assert session.scalar(text(joined)) == 1


def test_payments_of_the_first_program_outlive_the_upgrade(empty: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "HEAD", "0001")
        earlier.setattr(triggers, "recreate", lambda *_: None)  # today's tables are not all there yet
        schema.upgrade(empty)
    with empty.write("test") as unit:
        for statement in (*_ONE_ENTRY_WITH_A_CLAIM, *_PAID_WITH_CASH):
            unit.connection.execute(text(statement))
        unit.commit()

    schema.upgrade(empty)

    with empty.read() as session:
        asked = "SELECT serial, quote_id, tendered_fen, change_fen, account_sealed, identity_sealed FROM bills_payment"
        assert session.execute(text(asked)).all() == [("2026112207120700000001", "q", 150, 50, None, None)]
        wanted = triggers.wanted(schema.all_metadata(), empty.dialect)
        assert triggers.present(session.connection()).keys() == wanted.keys()


def test_entries_of_an_earlier_program_are_found_after_the_upgrade(
    empty: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "HEAD", "0006")
        earlier.setattr(triggers, "recreate", lambda *_: None)
        schema.upgrade(empty)
    entry = (
        "INSERT INTO journal_entry (serial, request_id, payload_hash, flow, state, version, branch_no, till_no, "
        "teller_no, made_at, counterpart, consumer_last4, customer_name, amount_fen, method, core_serial, "
        "counterpart_serial, cash_return, recon_status, tries) VALUES (:serial, :serial, 'h', 'bill_payment', "
        "'SUCCESS', 1, '0712', '07', '1001', '2026-11-22 01:30:00.000000', '1101', '', :name, 100, 'ACCOUNT', '', '', "
        "'NONE', 'NONE', 0)"
    )
    quote = (
        "INSERT INTO bills_quote (quote_id, biller_code, branch_no, staff_no, total_fen, asked_at, valid_until, bill) "
        "VALUES ('q', '1101', '0712', '1001', 100, '2026-11-22 01:30:00.000000', '2026-11-22 01:45:00.000000', '')"
    )
    payment = (
        "INSERT INTO bills_payment (serial, quote_id, tendered_fen, change_fen, account_sealed) "
        "VALUES ('1', 'q', 0, 0, '')"
    )
    with empty.write("test") as unit:
        for serial, name in (("1", "王晓燕"), ("2", "Zhang San"), ("3", "燕"), ("4", "")):
            unit.connection.execute(text(entry), {"serial": serial, "name": name})
        for statement in (quote, payment):
            unit.connection.execute(text(statement))
        unit.commit()

    schema.upgrade(empty)

    with empty.read() as session:
        connection = session.connection()
        kept = [dict(row._mapping) for row in connection.execute(select(finding.PAIR))]
        assert sorted(kept, key=str) == sorted(finding.name_rows("Zhang San") + finding.name_rows("王晓燕"), key=str)
        assert list(connection.scalars(text("SELECT serial FROM search_to_index"))) == ["1"]


def test_a_change_that_leaves_a_row_pointing_nowhere_is_taken_back(store: Store) -> None:
    def drop_the_entry() -> None:
        with store.schema_change("test") as connection:
            triggers.drop(connection)
            connection.execute(text("DELETE FROM journal_entry"))

    with store.write("test") as unit:
        for statement in _ONE_ENTRY_WITH_A_CLAIM:
            unit.connection.execute(text(statement))
        unit.commit()
    with pytest.raises(Exception, match=r"points nowhere|violates foreign key"):
        drop_the_entry()
    with store.read() as session:
        assert session.scalar(text("SELECT count(*) FROM journal_entry")) == 1
        assert len(triggers.present(session.connection())) > 20


def test_sqlite_watches_foreign_keys_again_after_a_change_of_the_schema(sqlite_store: Store) -> None:
    with sqlite_store.schema_change("test") as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 0
    for _ in range(6):
        with sqlite_store.write("test") as unit:
            assert unit.connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_database_of_a_newer_program_is_refused_and_left_alone(store: Store) -> None:
    with store.write("test") as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        unit.commit()
    before = shape(store)
    assert not schema.is_current(store)
    with pytest.raises(BadSetup) as caught:
        schema.upgrade(store)
    assert caught.value.message_id == "error.store.newer"
    assert caught.value.args_by_name == {"found": "9999", "known": schema.HEAD}
    assert (schema.version(store), shape(store)) == ("9999", before)


def test_an_upgrade_that_is_stopped_leaves_nothing_and_can_be_done_again(empty: Store) -> None:
    def stop(step: str) -> None:
        raise KeyboardInterrupt(step)

    empty.hook = stop
    with pytest.raises(KeyboardInterrupt, match=r"commit\.schema\.upgrade:before"):
        schema.upgrade(empty)
    empty.hook = no_hook
    assert (schema.version(empty), tables(empty)) == (None, set())
    schema.upgrade(empty)
    assert schema.is_current(empty)


def start(number: int, url: str) -> str | None:
    store = Store(url)
    if not schema.is_current(store):
        schema.upgrade(store)
    found = schema.version(store)
    store.close()
    return found


def test_desks_that_start_together_bring_a_database_up_once(empty: Store) -> None:
    assert at_once(4, start, empty.url) == [schema.HEAD] * 4
    with empty.read() as session:
        assert session.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_the_check_at_every_start_loads_no_alembic(sqlite_store: Store) -> None:
    said = _python(
        "import sys; from tellerdesk.store import schema; from tellerdesk.store.engine import Store;"
        f"print(schema.is_current(Store({sqlite_store.url!r})), schema.version(Store({sqlite_store.url!r})));"
        "print([name for name in sys.modules if name.split('.')[0] == 'alembic'])"
    )
    assert said.splitlines() == [f"True {schema.HEAD}", "[]"]


def test_the_store_loads_no_room_until_the_schema_is_made(sqlite_store: Store) -> None:
    said = _python(
        "import sys; from tellerdesk.store import schema; from tellerdesk.store.engine import Store;"
        f"schema.is_current(Store({sqlite_store.url!r}));"
        "print([name for name in sys.modules if name.endswith('.models') and name.startswith('tellerdesk')])"
    )
    assert said == "[]"


def test_the_migrations_work_wherever_the_package_is_installed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "100%s installed"
    shutil.copytree(Path(tellerdesk.__file__).parent, elsewhere / "tellerdesk", ignore=shutil.ignore_patterns("*.pyc"))
    said = _python(
        "import tellerdesk; from tellerdesk.store import schema; from tellerdesk.store.engine import Store;"
        f"store = Store('sqlite:///{tmp_path}/desk.db'); schema.upgrade(store);"
        "print(tellerdesk.__file__, schema.is_current(store))",
        folder=elsewhere,
    )
    assert said == f"{elsewhere}/tellerdesk/__init__.py True"


def _python(program: str, folder: Path | None = None) -> str:
    """What `program` prints in a process of its own, started in `folder`."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


_ONE_ENTRY_WITH_A_CLAIM = (
    "INSERT INTO journal_entry (serial, request_id, payload_hash, flow, state, version, branch_no, till_no, teller_no, "
    "made_at, counterpart, consumer_last4, customer_name, amount_fen, method, core_serial, counterpart_serial, "
    "cash_return, recon_status, tries) VALUES ('2026112207120700000001', 'r', 'h', 'PAY', 'INIT', 1, '0712', '07', "
    "'0001', '2026-11-22 01:30:00.000000', 'power', '', '', 100, 'CASH', '', '', 'NONE', 'NONE', 0)",
    "INSERT INTO bills_claim (claim_key, serial) VALUES ('power/1/2026-10', '2026112207120700000001')",
)

_PAID_WITH_CASH = (
    "INSERT INTO bills_quote (quote_id, biller_code, branch_no, staff_no, total_fen, asked_at, valid_until, bill) "
    "VALUES ('q', 'power', '0712', '0001', 100, '2026-11-22 01:30:00.000000', '2026-11-22 01:45:00.000000', '')",
    "INSERT INTO bills_payment (serial, quote_id, tendered_fen, change_fen) "
    "VALUES ('2026112207120700000001', 'q', 150, 50)",
)
