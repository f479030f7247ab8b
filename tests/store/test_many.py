"""Any number of texts as one bound value: each is found as it is written, and by an index."""

from __future__ import annotations

from sqlalchemy import Select, bindparam, insert, select, text

from tellerdesk.journal import finding
from tellerdesk.store.engine import Store
from tellerdesk.store.many import one_of

PAIR = finding.PAIR
NAMES = ["王晓燕", '"', "'", "\\", "[]", "{}", "%", "😀", "null", ""]

OF_NAMES: Select[tuple[str]] = select(PAIR.c.name).where(PAIR.c.pair == bindparam("pair"), one_of(PAIR.c.name, "names"))


def test_exactly_the_texts_that_are_bound_are_found(store: Store) -> None:
    with store.write("test.many") as unit:
        unit.connection.execute(insert(PAIR), [{"pair": "xx", "name": name, "folded": ""} for name in NAMES])
        unit.commit()
    with store.read() as session:
        connection = session.connection()
        for wanted in ([], NAMES, ["nobody"], *([name] for name in NAMES)):
            found = connection.scalars(OF_NAMES, {"pair": "xx", "names": wanted}).all()
            assert sorted(found) == sorted({*wanted} & {*NAMES})


def test_an_index_answers_however_many_there_are(store: Store) -> None:
    told = []
    with store.read() as session:
        connection = session.connection()
        compiled = str(OF_NAMES.compile(connection))
        if store.dialect == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", ("xx", '["a", "b"]'))
            told = [row[3] for row in plan]
            assert any(line.startswith("SEARCH journal_name_pair") and "name=?" in line for line in told), told
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = connection.exec_driver_sql(f"EXPLAIN {compiled}", {"pair": "xx", "names": ["a", "b"]})
            told = [row[0].strip() for row in plan]
            assert any(line.startswith("Index Cond") and "ANY" in line for line in told), told
