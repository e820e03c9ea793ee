"""The settings of TLS."""

from __future__ import annotations

from typing import Final

from portside.settings.parsers import hosts, one_of, readable
from portside.settings.setting import Setting

SELF_SIGNED: Final = "self-signed"
"""The value of ``tls`` that makes an authority."""

TLS: Final = (
    Setting(
        name="tls",
        parse=one_of("files", SELF_SIGNED),
        default="files",
        help="self-signed: certificates of an authority made in the data folder. files: TLS with "
        "tls_cert and tls_key where they are given.",
    ),
    Setting(
        name="tls_names",
        parse=hosts,
        default=None,
        help="Names and addresses for self-signed certificates beside this machine's own and the "
        "suffix's, parted by commas.",
    ),
    Setting(
        name="tls_cert",
        parse=readable,
        default=None,
        help="Certificate chain (PEM); read again when it changes.",
    ),
    Setting(name="tls_key", parse=readable, default=None, help="Private key (PEM)."),
)
