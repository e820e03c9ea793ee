"""All rows as a stream that knows nothing of the database they come from or go to.

A row is a list of JSON values in the order of its table's columns: instants are microseconds since
1970, bytes are base64, everything else is itself. What only the moment needs is left out: upload
sessions, whose bytes are not kept, and leases.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    null,
    select,
    text,
    type_coerce,
    update,
)

from portside.metadata.database import Transaction
from portside.metadata.tables import accounts, blobs, generations, metadata, repositories
from portside.metadata.tables.columns import Instant

LEFT_OUT: Final = frozenset({"uploads", "leases"})
ROWS_AT_ONCE: Final = 500
_REVISION: Final = "alembic_version"
_SEQUENCE_OPTION: Final = "autoincrement"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table."""

    table: str
    columns: tuple[str, ...]
    rows: Iterator[list[Any]]


def is_empty(tx: Transaction) -> bool:
    """Whether there is nothing to lose: no schema, or one without any account and blob."""
    found = inspect(tx)
    return not any(
        found.has_table(table.name) and tx.execute(select(table).limit(1)).first() is not None
        for table in (accounts, blobs)
    )


def count_tables() -> int:
    """How many tables :func:`read_all` reads."""
    return len(metadata.tables.keys() - LEFT_OUT)


def count_all(tx: Transaction) -> dict[str, int]:
    """How many rows each table has that :func:`read_all` reads."""
    return {
        table.name: tx.scalar(select(func.count()).select_from(table)) or 0
        for table in metadata.sorted_tables
        if table.name not in LEFT_OUT
    }


def measure_blobs(tx: Transaction) -> tuple[int, int]:
    """How many blobs there are, and their bytes."""
    query = select(func.count(), func.coalesce(func.sum(blobs.c.size_bytes), 0))
    count, size = tx.execute(query.select_from(blobs)).one()
    return count, int(size)


def read_all(tx: Transaction) -> Iterator[Rows]:
    """Every table, those that others refer to first. Read each to its end before the next."""
    for table in metadata.sorted_tables:
        if table.name not in LEFT_OUT:
            columns = tuple(column.name for column in table.columns)
            yield Rows(table.name, columns, _read(tx, table))


def _read(tx: Transaction, table: Table) -> Iterator[list[Any]]:
    plain = [_plain(column) for column in table.columns]
    query = select(*plain).order_by(*table.primary_key.columns)
    # For this query alone: options of the connection would stay for whatever follows.
    result = tx.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    for row in result:
        yield [_encoded(value) for value in row]


def _plain(column: Column[Any]) -> Any:
    # As the database keeps it: exact, and no object is made of it.
    return type_coerce(column, BigInteger) if isinstance(column.type, Instant) else column


def _encoded(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def read_sequences(tx: Transaction) -> dict[str, int]:
    """The last id that each table has given out whose ids never come again."""
    return {
        table.name: highest
        for table in _numbered()
        if (highest := _last_id(tx, table)) and table.name not in LEFT_OUT
    }


def _numbered() -> list[Table]:
    return [
        table
        for table in metadata.sorted_tables
        if table.dialect_options["sqlite"].get(_SEQUENCE_OPTION)
    ]


def _id_of(table: Table) -> Column[Any]:
    (column,) = table.primary_key.columns
    return column


def _last_id(tx: Transaction, table: Table) -> int:
    if tx.dialect.name == "sqlite":
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return tx.scalar(query, {"name": table.name}) or 0
    sequence = _sequence(tx, table)
    called = text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608 - PostgreSQL names its sequence, quoted
    return tx.scalar(called) or 0


def _sequence(tx: Transaction, table: Table) -> str:
    query = select(func.pg_get_serial_sequence(table.name, _id_of(table).name))
    return str(tx.scalar(query))


def drop_everything(tx: Transaction) -> None:
    """Leave an empty database."""
    present = MetaData()
    present.reflect(tx)
    present.drop_all(tx)


class Loading:
    """Puts rows into a database that has the schema that they were read from."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._tables = MetaData()
        self._tables.reflect(tx)

    def load(self, table_name: str, columns: Sequence[str], rows: Iterable[list[Any]]) -> int:
        """Add rows to a table; how many there were.

        Raises:
            KeyError: there is no such table or column.
        """
        table = self._tables.tables[table_name]
        decoders = [_decoder(table.c[name]) for name in columns]
        batch: list[dict[str, Any]] = []
        count = 0
        for row in rows:
            values = zip(columns, decoders, row, strict=True)
            batch.append({name: decode(value) for name, decode, value in values})
            count += 1
            if len(batch) == ROWS_AT_ONCE:
                self._insert(table, batch)
                batch = []
        self._insert(table, batch)
        return count

    def _insert(self, table: Table, batch: list[dict[str, Any]]) -> None:
        if batch:
            self._tx.execute(insert(table), batch)

    def go_on_from(self, sequences: dict[str, int]) -> None:
        """Let the next ids follow these, also where the rows that had them are gone."""
        for table in _numbered():
            last = sequences.get(table.name, 0)
            if last and table.name in self._tables.tables:
                _set_last_id(self._tx, table, last)


def _decoder(column: Column[Any]) -> Any:
    if isinstance(column.type, LargeBinary):
        return lambda value: None if value is None else base64.b64decode(value, validate=True)
    if isinstance(column.type, JSON) and column.nullable:
        return lambda value: null() if value is None else value
    return lambda value: value


def _set_last_id(tx: Transaction, table: Table, last: int) -> None:
    if tx.dialect.name == "sqlite":
        tx.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        tx.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"),
            {"name": table.name, "last": last},
        )
        return
    tx.execute(
        text("SELECT setval(CAST(:name AS regclass), :last)"),
        {"name": _sequence(tx, table), "last": last},
    )


def newest_generations(tx: Transaction) -> tuple[int, dict[str, int]]:
    """The highest generation of any repository, and each named generation."""
    found = inspect(tx)
    if not found.has_table(generations.name):
        return 0, {}
    named = {row.name: row.value for row in tx.execute(select(generations))}
    return tx.scalar(select(func.max(repositories.c.generation))) or 0, named


def outgrow(tx: Transaction, held: tuple[int, dict[str, int]]) -> None:
    """Make every generation newer than those, so that nothing remembered of before is fresh."""
    highest, named = held
    tx.execute(update(repositories).values(generation=repositories.c.generation + highest + 1))
    for name, value in named.items():
        changed = tx.execute(
            update(generations)
            .where(generations.c.name == name)
            .values(value=generations.c.value + value + 1)
        )
        if not changed.rowcount:
            tx.execute(insert(generations).values(name=name, value=value + 1))
