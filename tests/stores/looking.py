"""A look into a live server's database, past all that Portside says of it."""

from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
from tests.live import LiveServer


def rows(server: LiveServer, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """What a query finds there; the statement must be understood by SQLite and PostgreSQL."""
    url = server.env.get("PORTSIDE_DATABASE")
    if url is None:
        engine = create_engine(f"sqlite:///{server.data / 'portside.sqlite3'}", poolclass=NullPool)
    else:
        driven = url.replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(driven, poolclass=NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]
