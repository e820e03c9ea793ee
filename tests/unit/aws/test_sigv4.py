"""Signatures: botocore's are believed, and nothing that was changed after signing is."""

import hashlib
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.aws.signing import (
    HOST,
    JSON_HEADERS,
    KEY,
    NOW,
    SECRET,
    http_date,
    presigned,
    with_header,
    with_headers,
)

from portside.aws.sigv4 import Failure, NotAuthenticated, SignedRequest, parse_claim, verify

MINUTE = timedelta(minutes=1)
SESSION = "a session's token/+="


def check(request: SignedRequest, *, now: datetime = NOW, secret: str = SECRET) -> None:
    verify(request, parse_claim(request), secret, now)


def mismatch(request: SignedRequest, *, now: datetime = NOW, secret: str = SECRET) -> str:
    with pytest.raises(NotAuthenticated) as caught:
        check(request, now=now, secret=secret)
    assert caught.value.failure is Failure.MISMATCH
    return caught.value.message


# AWS's own Signature Version 4 test suite and documentation: 2015-08-30, AKIDEXAMPLE.
VECTORS = [
    ("GET", "", (), b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("POST", "", (), b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    (
        "GET",
        "Param2=value2&Param1=value1",
        (),
        b"",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    (
        "GET",
        "",
        (("my-header1", " value1"), ("my-header2", ' "a   b   c"')),
        b"",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    (
        "POST",
        "",
        (("content-type", "application/x-www-form-urlencoded"),),
        b"Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
]


def vector(
    method: str, query: str, extra: tuple[tuple[str, str], ...], body: bytes, signature: str
) -> SignedRequest:
    headers = (("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z"), *extra)
    names = ";".join(sorted(name for name, _ in headers))
    scope = f"{KEY}/20150830/us-east-1/service/aws4_request"
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
    )
    return SignedRequest(
        method=method,
        raw_path="/",
        query_string=query,
        headers=(*headers, ("authorization", authorization)),
        body=body,
    )


@pytest.mark.parametrize("parts", VECTORS)
def test_published_vectors(
    parts: tuple[str, str, tuple[tuple[str, str], ...], bytes, str],
) -> None:
    method, query, extra, body, signature = parts
    at = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    check(vector(method, query, extra, body, signature), now=at)
    spoiled = signature[:-1] + ("0" if signature[-1] != "0" else "1")
    mismatch(vector(method, query, extra, body, spoiled), now=at)


def test_the_published_iam_example() -> None:
    scope = f"{KEY}/20150830/us-east-1/iam/aws4_request"
    signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    request = SignedRequest(
        method="GET",
        raw_path="/",
        query_string="Action=ListUsers&Version=2010-05-08",
        headers=(
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "authorization",
                (
                    f"AWS4-HMAC-SHA256 Credential={scope}, "
                    f"SignedHeaders=content-type;host;x-amz-date, Signature={signature}"
                ),
            ),
        ),
        body=b"",
    )
    check(request, now=datetime(2015, 8, 30, 12, 36, tzinfo=UTC))


@given(
    st.binary(max_size=40),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=10),
)
def test_what_botocore_signs_is_believed(body: bytes, parameter: str, header: str) -> None:
    headers = {**JSON_HEADERS, "x-amz-meta": header}
    url = f"http://{HOST}/?{urlencode({'a b': parameter}, quote_via=quote, safe='~')}"
    check(with_header(data=body, url=url, headers=headers, token=SESSION))
    check(with_header(data=body, method="GET", url=f"http://{HOST}/a%20b/c~d"))


def test_what_botocore_presigns_is_believed() -> None:
    request = presigned(token=SESSION, headers={"x-amz-meta": "1"})
    claim = parse_claim(request)
    assert claim.is_presigned
    assert (claim.session_token, claim.expires_seconds) == (SESSION, 900)
    assert (claim.access_key_id, claim.service, claim.region) == (KEY, "sts", "us-east-1")
    check(request)


def test_what_a_header_claims() -> None:
    claim = parse_claim(with_header(token=SESSION))
    assert not claim.is_presigned
    assert claim.session_token == SESSION
    assert (claim.access_key_id, claim.service, claim.region) == (KEY, "ecr", "us-east-1")
    assert claim.signed_headers == (
        "content-type",
        "host",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-target",
    )
    assert parse_claim(with_header()).session_token is None


def test_a_wrong_secret() -> None:
    words = (
        "The request signature we calculated does not match the signature you provided. Check your "
        "AWS Secret Access Key and signing method. Consult the service documentation for details."
    )
    assert mismatch(with_header(), secret=SECRET + "x") == words
    assert mismatch(with_header(secret="other")) == words  # noqa: S106 - made up
    assert mismatch(presigned(), secret="") == words


@pytest.mark.parametrize("name", ["host", "content-type", "x-amz-target", "x-amz-date"])
def test_each_signed_header_counts(name: str) -> None:
    request = with_header()
    value = str(request.header(name))
    moved = value.replace("T003000", "T003001") if name == "x-amz-date" else value + "x"
    changed = {name.replace("-", "_"): moved}
    mismatch(with_headers(request, **changed))
    doubled = replace(request, headers=(*request.headers, ("host", "evil.example")))
    mismatch(doubled)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"raw_path": "/x"},
        {"raw_path": "/#x"},
        {"raw_path": "/?x"},
        {"raw_path": "*"},
        {"raw_path": "[::"},
        {"raw_path": "/%2F"},
        {"query_string": "a=b"},
        {"query_string": "a"},
        {"query_string": "X-Amz-Signature=x"},
        {"query_string": "%ff"},
        {"body": b""},
        {"body": b"{} "},
    ],
)
def test_each_part_counts(change: dict[str, str | bytes]) -> None:
    request = with_header()
    check(request)
    changed = {name: getattr(request, name) for name in SignedRequest.__slots__} | change
    mismatch(SignedRequest(**changed))


@pytest.mark.parametrize(
    ("signed", "sent"),
    [("a=1&b=2", "a=1&b=3"), ("a=1", "a=1&a=1"), ("a=%FF", "a=%FE"), ("a=%2B", "a=+"), ("a", "b")],
)
def test_each_query_parameter_counts(signed: str, sent: str) -> None:
    request = with_header(url=f"http://{HOST}/?{signed}")
    mismatch(replace(request, query_string=sent))


def test_equal_queries_may_be_written_differently() -> None:
    request = with_header(url=f"http://{HOST}/?a=%20~&b=2")
    for same in ("a=%20~&b=2", "b=2&a=+%7E", "%61=%20%7e&b=2"):
        check(replace(request, query_string=same))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Action=Get", "Action=Set"),
        ("X-Amz-Expires=900", "X-Amz-Expires=901"),
        ("us-east-1", "us-east-2"),
        ("%2Fsts%2F", "%2Fecr%2F"),
        ("T003000Z", "T003001Z"),
        (KEY, KEY + "X"),
        ("Version=", "X=1&Version="),
    ],
)
def test_each_part_of_a_presigned_query_counts(old: str, new: str) -> None:
    request = presigned()
    assert old in request.query_string
    mismatch(replace(request, query_string=request.query_string.replace(old, new)))


def test_presigned_requests_carry_no_body_of_others() -> None:
    mismatch(replace(presigned(), body=b"Action=DeleteUser"))
    unsigned = presigned(headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    check(unsigned)
    mismatch(replace(unsigned, body=b"Action=DeleteUser"))
    url = f"http://{HOST}/?Action=A&X-Amz-Content-Sha256=" + "0" * 64
    mismatch(presigned(url=url))


def test_an_announced_hash_must_be_true() -> None:
    true = hashlib.sha256(b"{}").hexdigest()
    check(with_header(headers={**JSON_HEADERS, "X-Amz-Content-SHA256": true}))
    for false in ("UNSIGNED-PAYLOAD", "0" * 64, "", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
        request = with_header(headers={**JSON_HEADERS, "X-Amz-Content-SHA256": false})
        assert "x-amz-content-sha256" in mismatch(request)


def test_the_clock_may_differ_by_fifteen_minutes() -> None:
    request = with_header()
    check(request, now=NOW + 15 * MINUTE)
    check(request, now=NOW - 15 * MINUTE)
    late = NOW + 15 * MINUTE + timedelta(seconds=1)
    assert mismatch(request, now=late) == (
        "Signature expired: 20261124T003000Z is now earlier than 20261124T003001Z "
        "(20261124T004501Z - 15 min.)"
    )
    early = NOW - 15 * MINUTE - timedelta(seconds=1)
    assert mismatch(request, now=early) == (
        "Signature not yet current: 20261124T003000Z is still later than 20261124T002959Z "
        "(20261124T001459Z + 15 min.)"
    )


def test_presigned_requests_live_as_long_as_they_say() -> None:
    request = presigned(expires=3600)
    check(request, now=NOW + 60 * MINUTE)
    assert mismatch(request, now=NOW + 61 * MINUTE) == (
        "Signature expired: 20261124T003000Z is now earlier than 20261124T003100Z "
        "(20261124T013100Z - 60 min.)"
    )
    assert "not yet current" in mismatch(request, now=NOW - 16 * MINUTE)
    check(presigned(expires=1), now=NOW + timedelta(seconds=1))
    mismatch(presigned(expires=1), now=NOW + timedelta(seconds=2))


def test_the_scope_has_the_date_of_the_request() -> None:
    request = with_header()
    other = str(request.header("authorization")).replace("/20261124/", "/20261123/")
    assert mismatch(with_headers(request, authorization=other)) == (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'20261123' != '20261124', from '20261124T003000Z'."
    )


def test_a_date_header_does_as_well() -> None:
    dated = with_header(headers={**JSON_HEADERS, "Date": http_date(NOW)})
    assert dated.header("x-amz-date") is None
    check(dated)
    mismatch(with_headers(dated, date=http_date(NOW + MINUTE)))


def test_a_date_without_a_zone_is_no_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    dated = with_header(headers={**JSON_HEADERS, "Date": http_date(NOW)})
    zoneless = http_date(NOW).replace("GMT", "-0000")
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "JST-9")
        time.tzset()
        claim = parse_claim(with_headers(dated, date=zoneless))
    time.tzset()
    assert claim.timestamp == "20261124T003000Z"


@pytest.mark.parametrize(
    "date",
    [
        "",
        "x",
        "2026-11-24T00:30:00Z",
        "20261124T003000",
        "20261324T003000Z",
        "20261124T03000Z",
        "2026112T00Z",
    ],
)
def test_malformed_dates(date: str) -> None:
    request = with_headers(with_header(), x_amz_date=date or None, date=date)
    authorization = str(request.header("authorization"))
    if not date:
        authorization = authorization.replace(";x-amz-date", "")
    with pytest.raises(NotAuthenticated) as caught:
        check(with_headers(request, authorization=authorization))
    assert caught.value.failure is Failure.INCOMPLETE
    assert caught.value.message.startswith("Date must be in ISO-8601 'basic format'. Got '")
