"""A real PostgreSQL for tests: a cluster in a folder of its own, on a free port of 127.0.0.1.

Installed with apt-get where it is missing. It runs as the user ``postgres`` where the tests are
root's, because it refuses to run as root. With ``PORTSIDE_TEST_DATABASE=postgresql`` every live
server and every test that opens a database gets one of its own in the session's cluster.
"""

import atexit
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql
from tests.clients.tools import install_debian
from tests.go_tools import ToolMissingError
from tests.live import free_port
from tests.locks import machine_lock

from portside.metadata.migrations import upgrade
from portside.metadata.postgresql import PostgreSQLDatabase

VARIABLE = "PORTSIDE_TEST_DATABASE"
USER = "postgres"
SECONDS_MAX = 60
_TEMPLATE = "migrated"
_SETTINGS = {
    "max_connections": "400",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
}
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def wanted() -> bool:
    """Whether this run of the tests is to use PostgreSQL for metadata."""
    return os.environ.get(VARIABLE) == "postgresql"


@cache
def session_server() -> "PostgreSQLServer":
    """The server of this run of the tests, started when it is first asked for."""
    server = PostgreSQLServer()
    atexit.register(server.close)
    server.start()
    return server


class PostgreSQLServer:
    """A cluster: start, stop, kill and restart it, and make databases in it.

    ``durable`` lets it flush what it commits, as tests of crashes need.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._bin = find_programs()
        self._work = Path(tempfile.mkdtemp(prefix="portside-pg-"))
        self._data = self._work / "data"
        self.log = self._work / "log"
        self.port = free_port()
        self._names: set[str] = set()
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            self._as_user = ["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups"]
            entry = pwd.getpwnam(USER)
            os.chown(self._work, entry.pw_uid, entry.pw_gid)
        options = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        self._run("initdb", "-D", str(self._data), "-U", USER, *options)
        settings = _SETTINGS | ({} if durable else _NOT_DURABLE)
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        with (self._data / "postgresql.conf").open("a") as file:
            file.write("listen_addresses = '127.0.0.1'\n")
            file.write(f"port = {self.port}\nunix_socket_directories = '{self._work}'\n")
            file.writelines(lines)

    def start(self) -> None:
        """Start the server, and return when it takes connections."""
        self._control("start", "-l", str(self.log))

    def stop(self) -> None:
        """Stop it at once, with every connection, as a restart by its operator does."""
        self._control("stop", "-m", "fast")

    def kill(self) -> None:
        """End it without a checkpoint: the next start recovers from what was flushed."""
        self._control("stop", "-m", "immediate")

    def close(self) -> None:
        """Stop it, and remove all that it kept."""
        if (self._data / "postmaster.pid").exists():
            self.kill()
        shutil.rmtree(self._work, ignore_errors=True)

    def url(self, name: str) -> str:
        """The URL of a database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def make_database(self, name: str, *, migrated: bool = False) -> str:
        """The URL of the database of this name, which is made unless it is there."""
        if name not in self._names:
            template = "template0"
            if migrated:
                self._migrate_template()
                template = _TEMPLATE
            self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
            self._names.add(name)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever uses it."""
        if name in self._names:
            self._names.discard(name)
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def _migrate_template(self) -> None:
        if _TEMPLATE in self._names:
            return
        database = PostgreSQLDatabase(self.make_database(_TEMPLATE), self._work / "commits")
        upgrade(database)
        database.close()

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _control(self, action: str, *options: str) -> None:
        self._run("pg_ctl", action, "-D", str(self._data), "-w", "-t", str(SECONDS_MAX), *options)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as_user, str(self._bin / program), *arguments],
            cwd=self._work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=2 * SECONDS_MAX,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} {arguments} failed: {done.stderr[-2000:]}")


def name_of(path: Path) -> str:
    """The name of the database that stands for a folder or file of a test."""
    return "t" + hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:30]


@cache
def find_programs() -> Path:
    """The folder of initdb and pg_ctl; PostgreSQL is installed if there is none.

    Raises:
        ToolMissingError: it cannot be had on this machine.
    """
    with machine_lock("apt-get"):
        if not _installed():
            install_debian(("postgresql",))
    found = _installed()
    if not found:
        raise ToolMissingError("the package postgresql brought no initdb")
    return found[-1]


def _installed() -> list[Path]:
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    own = shutil.which("initdb")
    return [Path(own).parent] if own else sorted(folders, key=lambda path: path.parent.name)
