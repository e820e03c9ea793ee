"""Bringing a database to the newest schema (Alembic)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, select, table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import column

from portside.metadata.database import Database, DatabaseUnusable, Transaction
from portside.registry.refusals import DatabaseUnavailable

HEAD = "0014"
"""The newest revision; a database that is there already needs no Alembic at start-up."""


def upgrade(database: Database) -> None:
    """Make or bring forward the schema; processes that start together wait for one another.

    Raises:
        DatabaseUnusable: it cannot be reached, is no database of ours, or of a newer version than
            this one knows.
        OSError: the folder cannot be written.
    """
    try:
        with database.alone():
            with database.read() as tx:
                current = _revision(tx)
            if current != HEAD:
                with database.write() as tx:
                    upgrade_within(database, tx, HEAD)
    except DBAPIError as error:
        raise DatabaseUnusable(str(error.orig)) from error
    except DatabaseUnavailable as error:
        raise DatabaseUnusable(error.reason) from error


def _revision(tx: Transaction) -> str | None:
    if not inspect(tx).has_table("alembic_version"):
        return None
    return tx.scalar(select(column("version_num")).select_from(table("alembic_version")))


def upgrade_within(database: Database, tx: Transaction, revision: str) -> None:
    """Bring the schema to a revision, within the caller's transaction.

    Raises:
        DatabaseUnusable: this version knows no such revision.
    """
    # Alembic and its templates cost a third of a second that only a schema change is worth.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = tx
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise DatabaseUnusable(f"its schema is newer than this version knows: {error}") from error
    database.finish_schema(tx)
