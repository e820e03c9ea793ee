"""The settings of scanning and its advisories."""

from __future__ import annotations

import re
from typing import Final

from portside.settings.parsers import folder, one_of, pattern, url, whole
from portside.settings.setting import Setting

_FEEDS = re.compile(r"https?://[^\s,]{1,1000}(?:,\s?https?://[^\s,]{1,1000}){0,99}")
_PROGRAM = re.compile(r"[^\0\n]{1,4096}")

SCANNING: Final = (
    Setting(
        name="scan_interval_hours",
        parse=whole(0, 8760),
        default=24,
        help="Hours between two scans of one image that are asked for; ECR allows one a day.",
    ),
    Setting(
        name="scanner",
        parse=one_of("builtin", "trivy", "grype", "clair"),
        default="builtin",
        help="What scans images: the built-in scanner, Trivy, Grype or Clair.",
    ),
    Setting(
        name="scanner_path",
        parse=pattern(_PROGRAM, "the path of a program, or its name"),
        default=None,
        help="Where the program of Trivy or Grype is, instead of in PATH.",
    ),
    Setting(
        name="scanner_url",
        parse=url,
        default="http://127.0.0.1:6060",
        help="Where Clair is.",
    ),
    Setting(
        name="scanner_registry_url",
        parse=url,
        default=None,
        help="Where Clair reaches this server to fetch layers, instead of at --host and --port.",
    ),
    Setting(
        name="scan_parallelism",
        parse=whole(1, 64),
        default=2,
        help="How many scans run at a time; of several task threads one is kept free of them.",
    ),
    Setting(
        name="vulndb_feeds",
        parse=pattern(_FEEDS, "URLs, http or https, with commas between them"),
        default=None,
        help="Where `portside vulndb update` fetches advisories, instead of OSV's own place.",
    ),
    Setting(
        name="vulndb",
        parse=folder,
        default=None,
        help="File of the advisory database, instead of one in the data folder.",
    ),
)
