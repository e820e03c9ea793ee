"""What a request says of its signature, and what AWS says of one that says it badly."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.aws.signing import presigned, with_header, with_headers

from portside.aws.sigv4 import Failure, NotAuthenticated, SignedRequest, parse_claim

GOOD = with_header()
AUTHORIZATION = str(GOOD.header("authorization"))
SCOPE = "AKIDEXAMPLE/20261124/us-east-1/ecr/aws4_request"


def incomplete(request: SignedRequest) -> str:
    with pytest.raises(NotAuthenticated) as caught:
        parse_claim(request)
    assert caught.value.failure is Failure.INCOMPLETE
    return caught.value.message


def with_authorization(text: str) -> SignedRequest:
    return with_headers(GOOD, authorization=text)


def test_no_signature() -> None:
    for query in ("", "X-Amz-Signature=x", "Action=GetCallerIdentity"):
        with pytest.raises(NotAuthenticated) as caught:
            parse_claim(replace(with_headers(GOOD, authorization=None), query_string=query))
        assert caught.value.failure is Failure.MISSING
        assert caught.value.message == "Missing Authentication Token"


@pytest.mark.parametrize(
    "other", ["", "Bearer abc", "Basic QVdTOng=", "AWS AKID:x", "AWS4-HMAC-SHA1 x"]
)
def test_other_schemes(other: str) -> None:
    assert incomplete(with_authorization(other)) == (
        "Authorization header requires 'Credential' parameter. Authorization header requires "
        "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."
    )


@pytest.mark.parametrize("name", ["Credential", "Signature", "SignedHeaders"])
def test_a_missing_parameter(name: str) -> None:
    message = incomplete(with_authorization(AUTHORIZATION.replace(f"{name}=", "X=")))
    assert message == f"Authorization header requires '{name}' parameter."


def test_no_date() -> None:
    assert incomplete(with_headers(GOOD, x_amz_date=None)) == (
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    )


@pytest.mark.parametrize(
    "broken",
    [
        AUTHORIZATION.replace("Signature=", "Signature"),
        AUTHORIZATION + ",",
        AUTHORIZATION.replace("Credential=", "Credential= "),
        AUTHORIZATION.replace("/ecr/", "/e cr/"),
        "AWS4-HMAC-SHA256 " + "x" * 100_000,
        "AWS4-HMAC-SHA256 " + "," * 100_000,
    ],
)
def test_what_is_no_pair(broken: str) -> None:
    message = incomplete(with_authorization(broken))
    assert "not a valid key=value pair (missing equal-sign) in Authorization header" in message
    assert len(message) < 300


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ("AKID", "Credential must have exactly 5 slash-delimited elements, e.g. "),
        (SCOPE + "/x", "Credential must have exactly 5 slash-delimited elements, e.g. "),
        (SCOPE + "s", "Credential should be scoped with a valid terminator: 'aws4_request', not "),
        (SCOPE.replace("20261124", "2026112"), "Date in Credential scope must be YYYYMMDD"),
        (SCOPE.replace("20261124", "\u0662" * 8), "Date in Credential scope must be YYYYMMDD"),
        (SCOPE.replace("us-east-1", ""), "Credential should be scoped to a valid region"),
        (SCOPE.replace("ecr", "E.R"), "Credential should be scoped to a valid region"),
        (SCOPE.replace("AKIDEXAMPLE", "A;B"), "Credential must begin with an access key id"),
    ],
)
def test_malformed_scopes(scope: str, message: str) -> None:
    broken = with_authorization(AUTHORIZATION.replace(SCOPE, scope))
    assert incomplete(broken).startswith(message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (";host", "", "'Host' must be a 'SignedHeader'"),
        (";x-amz-target", "", "The header 'x-amz-target' is present but not signed"),
        (
            "content-type;host",
            "host;content-type",
            "SignedHeaders must be lower-case names, sorted",
        ),
        (";host", ";host;host", "SignedHeaders must be lower-case names, sorted"),
        ("content-type", "Content-Type", "SignedHeaders must be lower-case names, sorted"),
        (";host", ";host;range", "The header 'range' is signed but not present"),
    ],
)
def test_signed_headers(old: str, new: str, message: str) -> None:
    assert incomplete(with_authorization(AUTHORIZATION.replace(old, new))).startswith(message)


def test_every_amz_header_is_signed() -> None:
    for request in (GOOD, presigned()):
        message = incomplete(with_headers(request, x_amz_security_token="stolen"))  # noqa: S106
        assert message == "The header 'x-amz-security-token' is present but not signed."
    parse_claim(with_headers(GOOD, x_amzn_trace_id="a proxy's"))


def test_one_signature_only() -> None:
    for second in (AUTHORIZATION, "Bearer x", ""):
        twice = replace(GOOD, headers=(*GOOD.headers, ("authorization", second)))
        assert incomplete(twice) == "The request has more than one signature."
    both = replace(presigned(), headers=GOOD.headers)
    assert incomplete(both) == "The request has more than one signature."
    repeated = with_authorization(AUTHORIZATION + ", Credential=" + SCOPE)
    assert incomplete(repeated) == "Authorization header has more than one 'Credential' parameter."


@pytest.mark.parametrize("name", ["Credential", "Signature", "SignedHeaders", "Date"])
def test_a_presigned_query_lacks_something(name: str) -> None:
    request = presigned()
    lacking = request.query_string.replace(f"X-Amz-{name}=", f"Other-{name}=")
    assert incomplete(replace(request, query_string=lacking)) == (
        f"AWS query-string parameters must include 'X-Amz-{name}'."
    )
    twice = f"{request.query_string}&X-Amz-{name}=x"
    message = incomplete(replace(request, query_string=twice))
    assert message == f"The query has more than one 'X-Amz-{name}'."


@pytest.mark.parametrize("expires", ["0", "-1", "604801", "1e3", "", "9" * 5000, "\u0661", "1.5"])
def test_presigned_lifetimes(expires: str) -> None:
    request = presigned()
    changed = request.query_string.replace("Expires=900", f"Expires={expires}")
    message = incomplete(replace(request, query_string=changed))
    assert message == "X-Amz-Expires must be from 1 to 604800 seconds."
    assert parse_claim(presigned(expires=604_800)).expires_seconds == 604_800
    assert parse_claim(presigned(expires=1)).expires_seconds == 1


def test_another_algorithm_in_the_query() -> None:
    request = presigned()
    changed = request.query_string.replace("HMAC-SHA256", "HMAC-MD5")
    message = incomplete(replace(request, query_string=changed))
    assert message == "Unsupported AWS 'algorithm': 'AWS4-HMAC-MD5'."


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=30))
def test_whatever_comes_is_read_or_refused(header: str, query: str, date: str) -> None:
    # Anything but these two ends would be a fault of ours, and fail here.
    for text in (header, f"AWS4-HMAC-SHA256 {header}", AUTHORIZATION + header):
        request = with_headers(with_authorization(text), date=date, x_amz_date=None)
        with suppress(NotAuthenticated):
            claim = parse_claim(replace(request, query_string=query))
            assert claim.access_key_id == "AKIDEXAMPLE"
