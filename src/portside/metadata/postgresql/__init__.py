"""A database that several nodes share: PostgreSQL, through psycopg and SQLAlchemy Core."""

from __future__ import annotations

from portside.metadata.postgresql.database import PostgreSQLDatabase

__all__ = ["PostgreSQLDatabase"]
