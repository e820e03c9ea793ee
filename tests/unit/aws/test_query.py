"""The Query protocol at its edges: what botocore's clients would never send."""

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from portside.aws.protocol import query
from portside.aws.protocol.errors import AWSError
from portside.aws.protocol.models import find_operation, load_service


def operation_of(service: str, name: str) -> Any:
    found = find_operation(service, name)
    assert found is not None
    return found


def assume_role(**form: str) -> dict[str, Any]:
    named = {name.replace("__", "."): value for name, value in form.items()}
    return query.parse_request(operation_of("sts", "AssumeRole"), named)


@pytest.mark.parametrize("service", ["sts", "iam"])
def test_no_model_names_members_otherwise_or_flattens_lists(service: str) -> None:
    model = load_service(service)
    for name in model.shape_names:
        shape: Any = model.shape_for(name)
        parts = [shape, *getattr(shape, "members", {}).values()]
        parts += [
            getattr(shape, part) for part in ("member", "key", "value") if hasattr(shape, part)
        ]
        for part in parts:
            assert not set(part.serialization) - {"resultWrapper"}, name


def test_forms() -> None:
    assert query.parse_form(b"Action=X&a=1&a=2&b=&c=%C3%A9+d&e") == {
        "Action": "X",
        "a": "2",
        "b": "",
        "c": "é d",
        "e": "",
    }


@pytest.mark.parametrize("body", [b"\xff", b"a=%FF", b"a&" * (query.FIELDS_MAX + 1)])
def test_what_is_no_form(body: bytes) -> None:
    with pytest.raises(AWSError) as caught:
        query.parse_form(body)
    assert caught.value.code == "MalformedInput"


def test_unknown_fields_are_passed_over() -> None:
    assert assume_role(Action="AssumeRole", Version="x", Other__member__1="y") == {}


def test_lists_may_have_gaps_and_any_order() -> None:
    found = assume_role(
        Tags__member__10__Key="c",
        Tags__member__2__Key="b",
        Tags__member__1__Key="a",
        Tags__member__01__Key="z",
        Tags__member__0__Key="z",
        Tags__member__x__Key="z",
        Tags__member__123456__Key="z",
    )
    assert found == {"Tags": [{"Key": "a"}, {"Key": "b"}, {"Key": "c"}]}


def test_empty_values() -> None:
    assert assume_role(Tags="", RoleArn="") == {"Tags": [], "RoleArn": ""}
    assert assume_role(Tags__member__1="") == {"Tags": [{}]}


def test_names_of_great_depth_are_passed_over() -> None:
    form = {"Tags" + ".member.1" * 100_000: "x", "RoleArn": "y"}
    assert query.parse_request(operation_of("sts", "AssumeRole"), form) == {"RoleArn": "y"}


@pytest.mark.parametrize("text", ["", "x", "1.0", "1_0", " 1", "1 ", "٣", "0x10", "2147483648"])
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(AWSError) as caught:
        assume_role(DurationSeconds=text)
    assert caught.value.code == "MalformedInput"
    assert caught.value.message == "the value at 'DurationSeconds' is not of type integer"


def test_long_numbers_are_not_cut() -> None:
    assert assume_role(DurationSeconds="0000000000000000012") == {"DurationSeconds": 12}
    for digits in ("00000000000000000000012", "1" * 5000):
        with pytest.raises(AWSError):
            assume_role(DurationSeconds=digits)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("TRUE", True)])
def test_booleans(text: str, value: bool) -> None:
    operation = operation_of("iam", "CreatePolicyVersion")
    assert query.parse_request(operation, {"SetAsDefault": text}) == {"SetAsDefault": value}
    with pytest.raises(AWSError):
        query.parse_request(operation, {"SetAsDefault": text + "!"})


def test_a_name_below_a_scalar_is_no_value() -> None:
    with pytest.raises(AWSError) as caught:
        assume_role(RoleArn__member__1="x")
    assert caught.value.message == "the value at 'RoleArn' is not of type string"


def test_answers_escape_and_stay_well_formed() -> None:
    operation = operation_of("sts", "GetCallerIdentity")
    hostile = "<a>&\"'\x00\x0b\ud800\uffff\r\n]]>"
    body = query.render_response(operation, {"Arn": hostile, "UserId": None}, "<id>&")
    root = ET.fromstring(body)  # noqa: S314 - our own document
    space = "{https://sts.amazonaws.com/doc/2011-06-15/}"
    assert root.tag == f"{space}GetCallerIdentityResponse"
    arn = root.findtext(f"{space}GetCallerIdentityResult/{space}Arn")
    assert arn == "<a>&\"'\ufffd\ufffd\ufffd\ufffd\r\n]]>"
    assert root.findtext(f"{space}ResponseMetadata/{space}RequestId") == "<id>&"
    assert b"UserId" not in body


def test_answers_without_a_result() -> None:
    operation = operation_of("iam", "DeleteUser")
    assert query.render_response(operation, {}, "i") == (
        b'<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        b"<ResponseMetadata><RequestId>i</RequestId></ResponseMetadata></DeleteUserResponse>"
    )
    with pytest.raises(LookupError):
        query.render_response(operation, {"User": {}}, "i")


def test_maps_and_times() -> None:
    summary = query.render_response(
        operation_of("iam", "GetAccountSummary"), {"SummaryMap": {"Users": 3}}, "i"
    )
    assert b"<SummaryMap><entry><key>Users</key><value>3</value></entry></SummaryMap>" in summary
    moment = datetime(2026, 11, 24, 1, 2, 3, 999_999, tzinfo=UTC)
    user = query.render_response(
        operation_of("iam", "GetUser"), {"User": {"CreateDate": moment}}, "i"
    )
    assert b"<CreateDate>2026-11-24T01:02:03Z</CreateDate>" in user


@pytest.mark.parametrize(
    "result",
    [
        {"Nothing": 1},
        {"User": {"Nothing": 1}},
        {"User": {"UserName": 1}},
        {"User": {"CreateDate": "2026"}},
        {"User": {"CreateDate": datetime(2026, 1, 1)}},  # noqa: DTZ001 - that is the fault
        {"User": {"Tags": {}}},
    ],
)
def test_faults_of_ours_are_not_sent(result: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError)):
        query.render_response(operation_of("iam", "GetUser"), result, "i")


def test_errors() -> None:
    sender = AWSError("NoSuchEntity", "<no>", status=404, fields={"UserName": "a&b", "Path": None})
    assert query.render_error(sender, "i") == (
        b"<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code>"
        b"<Message>&lt;no&gt;</Message><UserName>a&amp;b</UserName></Error>"
        b"<RequestId>i</RequestId></ErrorResponse>"
    )
    receiver = AWSError("InternalFailure", "\x00\ud800", status=500)
    root = ET.fromstring(query.render_error(receiver, "i"))  # noqa: S314 - our own document
    assert root.findtext("Error/Type") == "Receiver"
    assert root.findtext("Error/Message") == "\ufffd\ufffd"
