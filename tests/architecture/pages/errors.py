"""The page of errors: each refusal as both faces word it, from their tables.

A wording is a function of a refusal. It is given one whose facts are their own names, so that what
comes out is the sentence with its blanks.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from enum import EnumType
from itertools import groupby, product
from typing import Any, Self, get_type_hints

from tests.architecture.pages.tables import code, table

from portside.aws import errors as aws
from portside.aws.face import QUERY_CODES
from portside.aws.protocol.errors import AWSError
from portside.distribution import errors as distribution
from portside.names.errors import Refusal

HEAD = """# Errors

Who asks for something that is not to be gets one of these. Words between `<` and `>` stand for what
the request was about. Where AWS or the specification of the registry protocol has words for a case,
these are theirs.

"""
AWS = """## The AWS APIs

A JSON document with `__type` and `message` from ECR, CloudTrail and Service Quotas; XML with `Code`
and `Message` from IAM and STS. The status is 400 where no other is given.

IAM and STS call some of them otherwise, as AWS does: {renamed}.

"""
REGISTRY = """## The registry protocol

A JSON document with a list of `errors`, each with `code`, `message` and, for some, `detail`.

"""
MORE = """Missing credentials are answered 401 with `Not Authorized` in plain text, and a challenge
for `Basic`, as ECR does it. A request that Portside itself fails at is answered 500; its log has
the request's id.

This page is made from the tables of errors: `make docs-reference`.
"""
_FACT = re.compile(r"self\.(\w+)\s*(?::[^=\n]+)?=")
Row = tuple[str, str, str]
USUAL_STATUS = 400
MOMENT = datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)


class Blank(str):
    """A fact that shows its own name, whatever is done with it."""

    __slots__ = ()

    def __new__(cls, name: str) -> Self:
        return super().__new__(cls, f"<{name}>")

    def __getattr__(self, name: str) -> "Blank":
        if name.startswith("__"):
            raise AttributeError(name)
        return Blank(name)

    def __iter__(self) -> Iterator[str]:
        return iter([str.__str__(self)])

    def __call__(self, *_: Any, **__: Any) -> Self:
        return self

    def __sub__(self, _: Any) -> Self:
        return self

    def __gt__(self, _: Any) -> bool:
        return True

    def __ceil__(self) -> Self:
        return self


def page() -> str:
    """The page as it ought to be."""
    renamed = ", ".join(f"{code(old)} becomes {code(new)}" for old, (new, _) in QUERY_CODES.items())
    head = ("code", "status", "messages")
    return "".join(
        (
            HEAD,
            AWS.format(renamed=renamed),
            table(head, _by_code(_aws_rows())),
            "\n",
            REGISTRY,
            table(head, _by_code(_registry_rows())),
            "\n",
            MORE,
        )
    )


def _by_code(rows: Iterable[Row]) -> Iterator[Row]:
    """One row for each code and status, with all its messages."""
    for (name, status), same in groupby(sorted(set(rows)), key=lambda row: row[:2]):
        yield name, status, "<br>".join(message for _, _, message in same)


def _aws_rows() -> Iterator[Row]:
    for kind, say in aws.ANSWERS.items():
        for said in _worded(kind, say):
            worded = said if isinstance(said, AWSError) else AWSError(*said)
            status = "" if worded.status == USUAL_STATUS else str(worded.status)
            yield code(worded.code), status, code(worded.message)


def _registry_rows() -> Iterator[Row]:
    for kind, say in distribution.ANSWERS.items():
        for said in _worded(kind, say):
            yield code(said.code), str(said.status), code(said.message)


def _worded(kind: type[Refusal], say: Callable[[Any], Any]) -> Iterator[Any]:
    """What a refusal is answered with: once, or once for each kind of thing that it can be about.

    Raises:
        AssertionError: where it is worded for none of them.
    """
    worded = 0
    for refusal in _blank(kind):
        # A table of words need not have all kinds of things: some cannot be in the way.
        with suppress(KeyError):
            yield say(refusal)
            worded += 1
    assert worded, kind


def _blank(kind: type[Refusal]) -> Iterator[Refusal]:
    facts = _facts(kind)
    choices = [list(value) if isinstance(value, EnumType) else [value] for value in facts.values()]
    for chosen in product(*choices):
        refusal = kind.__new__(kind, "<reason>")
        refusal.__dict__.update(zip(facts, chosen, strict=True))
        yield refusal


def _facts(kind: type[Refusal]) -> dict[str, Any]:
    """The attributes of a refusal, each blank, or the enumeration that it is one of."""
    classes = [one for one in kind.__mro__ if issubclass(one, Refusal) and one is not Refusal]
    facts: dict[str, Any] = {}
    for one in classes:
        facts |= {name: Blank(name) for name in _FACT.findall(inspect.getsource(one))}
        facts |= {name: _fact(name, hint) for name, hint in get_type_hints(one).items()}
    return facts


def _fact(name: str, hint: Any) -> Any:
    if isinstance(hint, EnumType):
        return hint
    return MOMENT if hint is datetime else Blank(name)
