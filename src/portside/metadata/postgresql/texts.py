"""How texts are compared and how long they may be: as everywhere else, not as the server's locale.

Pages of names and tags go on behind the last one in the order of bytes (distribution-spec "lexical
order"; ECR alike); a database that was made with another locale would order them its own way.
"""

from __future__ import annotations

from sqlalchemy import text

from portside.metadata.database import Transaction

_COLUMNS = text(
    """
    SELECT a.attrelid::regclass::text AS of_table, quote_ident(a.attname) AS name,
           t.typname AS type
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
      AND c.relname <> 'alembic_version' AND a.attnum > 0 AND NOT a.attisdropped
      AND t.typname IN ('varchar', 'text')
      AND (a.attcollation <> '"C"'::regcollation OR a.atttypmod <> -1)
    ORDER BY 1, 2
    """
)


def order_by_bytes(tx: Transaction) -> None:
    """Give every column of text the order of bytes, and no bound.

    What may be stored is decided where it comes in; a bound here would only be a second answer.
    """
    columns: dict[str, list[str]] = {}
    for row in tx.execute(_COLUMNS):
        change = f'ALTER COLUMN {row.name} TYPE {row.type} COLLATE "C"'
        columns.setdefault(row.of_table, []).append(change)
    for table, changes in columns.items():
        tx.exec_driver_sql(f"ALTER TABLE {table} {', '.join(changes)}")
