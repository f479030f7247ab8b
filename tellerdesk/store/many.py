"""Any number of texts as one bound value: a statement stays the same however many there are, and is prepared once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, String, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator, TypeEngine


class Texts(TypeDecorator[Sequence[str]]):
    """An array in PostgreSQL, JSON in SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(String()) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return json.dumps(list(value))


class one_of(GenericFunction[bool]):
    """Whether a column is one of the texts bound by a name. An index on the column answers it."""

    type = Boolean()
    inherit_cache = True
    name = "one_of"

    def __init__(self, column: ColumnElement[Any], bound: str) -> None:
        super().__init__(column, bindparam(bound, type_=Texts()))

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002
        """Itself: "= 1" behind it, which SQLite is told of other functions, would hide it from every index."""
        return self


@compiles(one_of, "sqlite")
def _sqlite_one_of(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = (compiler.process(each, **kw) for each in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({texts})))"  # noqa: S608 (both are the compiler's)


@compiles(one_of, "postgresql")
def _postgres_one_of(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = (compiler.process(each, **kw) for each in element.clauses)
    return f"({column} = ANY ({texts}))"
