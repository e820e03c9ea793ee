"""The settings of where blobs are kept and how they are given out."""

from __future__ import annotations

import re
from typing import Final

from portside.settings.parsers import long_secret, one_of, pattern, truth, url, whole
from portside.settings.setting import Setting

_PLACE = re.compile(
    r"(?:s3|gs|az)://[a-z0-9][a-z0-9._-]{1,62}(?:/[A-Za-z0-9][A-Za-z0-9._=-]{0,99}){0,8}/?"
)
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_KEY_ID = re.compile(r"[!-~]{1,128}")

BLOBS: Final = (
    Setting(
        name="blobs",
        parse=pattern(_PLACE, "s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX"),
        default=None,
        help="Bucket that keeps the blobs, as s3://BUCKET/PREFIX, instead of the data folder.",
    ),
    Setting(
        name="blobs_endpoint",
        parse=url,
        default=None,
        help="Where the bucket's API is, instead of where the cloud has it.",
    ),
    Setting(
        name="blobs_public_endpoint",
        parse=url,
        default=None,
        help="Where clients reach the bucket's API, if elsewhere than this server does.",
    ),
    Setting(
        name="blobs_plain_http",
        parse=truth,
        default=False,
        help="Let the endpoints of the bucket be http://, though bytes cross the network readable.",
    ),
    Setting(
        name="blobs_region",
        parse=pattern(_REGION, "a region such as eu-central-1"),
        default=None,
        help="Region of the bucket, instead of AWS_REGION.",
    ),
    Setting(
        name="blobs_access_key_id",
        parse=pattern(_KEY_ID, "an access key id, or an account's name at Azure"),
        default=None,
        help="Access key id for the bucket, instead of the usual AWS variables and profiles.",
    ),
    Setting(
        name="blobs_secret_access_key",
        parse=long_secret,
        default=None,
        help="Secret of that access key.",
        secret=True,
    ),
    Setting(
        name="blob_delivery",
        parse=one_of("redirect", "proxy"),
        default="redirect",
        help="How clients get blobs of a bucket: by a signed address of it, or through here.",
    ),
    Setting(
        name="blob_address_seconds",
        parse=whole(30, 86_400),
        default=900,
        help="How long such an address can be used.",
    ),
)
