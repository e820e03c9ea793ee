r"""The models' regular expressions, translated.

Some of the originals take exponential time in Python on short hostile texts, and some use Unicode
classes that Python does not know. Here each is rewritten to match the same whole texts in linear
time: nested repetitions become possessive ones, ``\w`` and ``\d`` are ASCII, as in AWS's own
engine. A test walks the models and knows every pattern to be here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

_WORD = r"[a-z0-9]++"
_COMPONENT = rf"{_WORD}(?:(?:\.|__?+|-++){_WORD})*+"
_NAME = rf"{_COMPONENT}(?:/{_COMPONENT})*+"

Matcher = Callable[[str], object]


def _matcher(pattern: str) -> Matcher:
    return re.compile(pattern, re.ASCII).fullmatch


def _tag_text(least: int, further: str = "") -> Matcher:
    # The classes of letters, separators and numbers have over a hundred thousand characters:
    # asking for a character's category is cheaper than any class that re could compile.
    marks = frozenset("_.:/=+-@" + further)

    def match(text: str) -> bool:
        return len(text) >= least and all(
            character in marks or unicodedata.category(character)[0] in "LZN" for character in text
        )

    return match


PATTERNS: Final[dict[str, Matcher]] = {
    r"^\S+$": _matcher(r"\S+"),
    r"^arn:aws(-\w+)*:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr\-pullthroughcache\/"
    r"[a-zA-Z0-9\/_+=.@-]+$": _matcher(
        r"arn:aws(?:-\w++)*+:secretsmanager:[a-zA-Z0-9:-]+:secret:ecr-pullthroughcache/"
        r"[a-zA-Z0-9/_+=.@-]+"
    ),
    r"^[0-9a-zA-Z._*-]{1,128}$": _matcher(r"[0-9a-zA-Z._*-]{1,128}"),
    r"^$|arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[a-z0-9-]+": _matcher(
        r"|arn:aws[a-z0-9-]*+:kms:[a-z0-9-]++:[0-9]{12}:key/[a-z0-9-]+"
    ),
    r"[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+": _matcher(r"[a-zA-Z0-9_+.-]++:[a-fA-F0-9]+"),
    r"^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\/?|ROOT)$": (
        _matcher(rf"{_NAME}/?|ROOT")
    ),
    r"^arn:aws(-[a-z]+)*:iam::[0-9]{12}:(role|user)/[\w+=,.@-]+(/[\w+=,.@-]+)*$": _matcher(
        r"arn:aws(?:-[a-z]++)*+:iam::[0-9]{12}:(?:role|user)/[\w+=,.@-]++(?:/[\w+=,.@-]++)*+"
    ),
    r"[0-9a-z-]{2,25}": _matcher(r"[0-9a-z-]{2,25}"),
    r"[0-9]{12}": _matcher(r"[0-9]{12}"),
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}": _matcher(
        r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    ),
    r"^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$": _matcher(
        r"(?:[a-z0-9][a-z0-9._-]*+/)*+[a-z0-9._-]*+"
    ),
    r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*": _matcher(_NAME),
    r"^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$": _matcher(r"[a-z0-9*]++(?:[._/-][a-z0-9*]++)*+"),
    r"^arn:aws(-[a-z]+)*:signer:[a-z0-9-]+:[0-9]{12}:\/signing-profiles\/[a-zA-Z0-9_]{2,}$": (
        _matcher(
            r"arn:aws(?:-[a-z]++)*+:signer:[a-z0-9-]++:[0-9]{12}:/signing-profiles/"
            r"[a-zA-Z0-9_]{2,}"
        )
    ),
    r"^(?:[a-z0-9*]+(?:[._-][a-z0-9*]+)*/)*[a-z0-9*]+(?:[._-][a-z0-9*]+)*$": _matcher(
        r"[a-z0-9*]++(?:[._/-][a-z0-9*]++)*+"
    ),
    r"[\w]*": _matcher(r"\w*"),
    r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+": (
        _matcher("[\\t\\n\\r\\x20-\\x7E\\x85\\xA0-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010FFFF]+")
    ),
    r"[\w+=,.@:-]*": _matcher(r"[\w+=,.@:-]*"),
    r"[\w+=,.@:\/-]*": _matcher(r"[\w+=,.@:/-]*"),
    r"[\w+=,.@\:-]*": _matcher(r"[\w+=,.@:-]*"),
    r"[\w+=,.@-]*": _matcher(r"[\w+=,.@-]*"),
    r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*": _matcher(r"[\t\n\r\x20-\x7E\xA1-\xFF]*"),
    r"[\w+=/:,.@-]*": _matcher(r"[\w+=/:,.@-]*"),
    r"[\u0009\u000A\u000D\u0020-\u00FF]+": _matcher(r"[\t\n\r\x20-\xFF]+"),
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+": _tag_text(1),
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*": _tag_text(0),
    r"[\d]*": _matcher(r"\d*"),
    r"[\x21\x23-\x2B\x2D-\x5B\x5D-\x7E]+( [\x21\x23-\x2B\x2D-\x5B\x5D-\x7E]+)*": _matcher(
        r"[\x21\x23-\x2B\x2D-\x5B\x5D-\x7E]++(?: [\x21\x23-\x2B\x2D-\x5B\x5D-\x7E]++)*+"
    ),
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@{}]+": _tag_text(1, "{}"),
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@{}]*": _tag_text(0, "{}"),
    r"[\w+=,.@-]+": _matcher(r"[\w+=,.@-]+"),
    r"[\u0020-\u00FF]+": _matcher(r"[\x20-\xFF]+"),
    r"^o-[a-z0-9]{10,32}$": _matcher(r"o-[a-z0-9]{10,32}"),
    r"[\w._-]+": _matcher(r"[\w.-]+"),
    r"[\w]+": _matcher(r"\w+"),
    r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$": _matcher(
        r"(?=[a-z0-9-]{3,63}+\Z)[a-z0-9]++(?:-[a-z0-9]++)*+"
    ),
    r"\d{12}": _matcher(r"\d{12}"),
    r"^[A-Za-z][A-Za-z0-9/_-]*$": _matcher(r"[A-Za-z][A-Za-z0-9/_-]*"),
    r"[\d]+": _matcher(r"\d+"),
    r"[\w-]+": _matcher(r"[\w-]+"),
    r"[\w-]*": _matcher(r"[\w-]*"),
    r"^[a-zA-Z0-9:_.-]+$": _matcher(r"[a-zA-Z0-9:_.-]+"),
    r"^o-[0-9a-z]{10,32}\/r-[0-9a-z]{4,32}[0-9a-z-\/]*": _matcher(
        r"o-[0-9a-z]{10,32}/r-[0-9a-z]{4,32}+[0-9a-z/-]*"
    ),
    r"^p-[0-9a-zA-Z_]{8,128}$": _matcher(r"p-[0-9a-zA-Z_]{8,128}"),
    r"^[a-zA-Z0-9:/+=,.@_-]+$": _matcher(r"[a-zA-Z0-9:/+=,.@_-]+"),
    r"\u002F[\u0021-\u007F]*": _matcher(r"/[\x21-\x7F]*"),
    r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)": _matcher(r"/(?:[\x21-\x7E]+/)?"),
    r"[ -~]+": _matcher(r"[ -~]+"),
    r"((/[A-Za-z0-9\.,\+@=_-]+)*)/": _matcher(r"(?:/[A-Za-z0-9.,+@=_-]++)*+/"),
    r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?": _matcher(r"v[1-9][0-9]*+(?:\.[A-Za-z0-9-]*)?"),
    r"[A-Z0-9]+": _matcher(r"[A-Z0-9]+"),
    r"[:\w]+": _matcher(r"[:\w]+"),
    r"^http(s?)://[a-zA-Z0-9._/-]*(\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$": _matcher(
        r"https?://[a-zA-Z0-9._/-]*+(?:\?[a-zA-Z0-9._=&-]*+)?(?:#[a-zA-Z0-9._/-]*)?"
    ),
    r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+": _matcher(r"[\t\n\r\x20-\x7E\xA1-\xFF]+"),
    r"/[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*/": _matcher(
        r"/[\t\n\r\x20-\x7E\xA1-\xFF]*/"
    ),
    r"[\w+=,.\-]+": _matcher(r"[\w+=,.-]+"),
    r"[a-zA-Z][a-zA-Z0-9-]{1,63}": _matcher(r"[a-zA-Z][a-zA-Z0-9-]{1,63}"),
    r"[a-zA-Z][a-zA-Z0-9-]{1,128}": _matcher(r"[a-zA-Z][a-zA-Z0-9-]{1,128}"),
    r"^[a-zA-Z0-9/+]*={0,2}$": _matcher(r"[a-zA-Z0-9/+]*+={0,2}"),
    r"[\w+=/:,.@-]+": _matcher(r"[\w+=/:,.@-]+"),
}
