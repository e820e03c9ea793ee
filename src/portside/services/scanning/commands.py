"""Scanners that are programs: Trivy and Grype, on an image that is laid out for them.

Neither may use the network: their databases are the operator's to renew, in the places where the
programs themselves look for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from portside.blobs.store import BlobStore
from portside.metadata.database import Database
from portside.registry.images import Image
from portside.registry.repositories import Repository
from portside.services.scanning.layouts import Layout, laid_out
from portside.services.scanning.platforms import Platform, list_platforms
from portside.services.scanning.programs import Allowance, run
from portside.services.scanning.scanners import UNSUPPORTED, Outcome, ScanFailed, once
from portside.vulnerabilities.reports import grype, trivy
from portside.vulnerabilities.reports.reported import MalformedReport, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How a scanner's program is called and its report read.

    ``arguments`` come with the layout's folder in the place of ``{}``. Settings are variables, not
    options: versions that do not know one pass it over.
    """

    name: str
    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    inherited: str
    """The beginning of the variables of the server that are the program's."""
    read: Callable[[Any, Mapping[str, str]], Report]


TRIVY: Final = Program(
    name="trivy",
    arguments=("image", "--quiet", "--format", "json", "--input", "{}"),
    variables={
        "TRIVY_SCANNERS": "vuln",
        "TRIVY_SKIP_DB_UPDATE": "true",
        "TRIVY_SKIP_JAVA_DB_UPDATE": "true",
        "TRIVY_SKIP_VEX_REPO_UPDATE": "true",
        "TRIVY_SKIP_VERSION_CHECK": "true",
        "TRIVY_DISABLE_TELEMETRY": "true",
        "TRIVY_OFFLINE_SCAN": "true",
        # The one on disk belongs to one process at a time, and scans run beside each other.
        "TRIVY_CACHE_BACKEND": "memory",
    },
    inherited="TRIVY_",
    read=trivy.read,
)
GRYPE: Final = Program(
    name="grype",
    arguments=("oci-dir:{}", "--quiet", "--output", "json"),
    variables={
        "GRYPE_DB_AUTO_UPDATE": "false",
        "GRYPE_DB_VALIDATE_AGE": "false",
        "GRYPE_CHECK_FOR_APP_UPDATE": "false",
        "GRYPE_EXTERNAL_SOURCES_ENABLE": "false",
    },
    inherited="GRYPE_",
    read=grype.read,
)
_INHERITED: Final = frozenset({"PATH", "HOME", "LANG", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"})
"""What else a program sees of the server's environment, in which there may be secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a program is, or its name if it is to be looked for in ``PATH``, and how it is run."""

    path: str
    environment: Mapping[str, str]
    """The server's, of which the program sees what it needs."""
    allowance: Allowance = Allowance()


class Command:
    """A :class:`~portside.services.scanning.scanners.Scanner` that runs a program."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        clock: Callable[[], datetime],
        program: Program,
        place: Place,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._program = program
        self._path = place.path
        inherited = {
            name: value
            for name, value in place.environment.items()
            if name in _INHERITED or name.startswith(program.inherited)
        }
        self._environment = {**inherited, **program.variables}
        self._allowance = place.allowance

    def identity(self) -> str:
        """The program and the day: its database changes unseen, so images are due every day."""
        return f"{self._program.name} {self._clock():%Y-%m-%d}"

    def scan(self, repository: Repository, image: Image) -> Outcome:
        """See :meth:`Scanner.scan`."""
        platforms = list_platforms(self._database, repository, image)
        reports = [self._report(platform) for platform in platforms]
        if not any(report.supported for report in reports):
            raise ScanFailed(UNSUPPORTED)
        moments = [one.updated_at for one in reports if one.updated_at is not None]
        return Outcome(
            found=once(located for report in reports for located in report.found),
            identity=self.identity(),
            updated_at=min(moments, default=None),
        )

    def _report(self, platform: Platform) -> Report:
        with laid_out(self._store, platform) as layout:
            output = run(self._command(layout), self._variables(layout), self._allowance)
            layers = layout.layers
        try:
            return self._program.read(json.loads(output), layers)
        except MalformedReport as error:
            raise ScanFailed(f"{self._path}: {error}") from error
        except (ValueError, RecursionError) as error:
            raise ScanFailed(f"{self._path} did not answer in JSON") from error

    def _command(self, layout: Layout) -> list[str]:
        folder = str(layout.folder)
        return [self._path, *(one.replace("{}", folder) for one in self._program.arguments)]

    def _variables(self, layout: Layout) -> dict[str, str]:
        return {**self._environment, "TMPDIR": str(layout.scratch)}
