"""Looking events up: pages of the newest first, over all files, within bounds."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portside.names.accounts import AccountId, Region, RegistryId
from portside.services.audit import (
    History,
    InvalidNextToken,
    InvalidTimeRange,
    Question,
    resources,
    username,
)

HERE = RegistryId(AccountId("123456789012"), Region("us-east-1"))
START = datetime(2026, 3, 1, tzinfo=UTC)
some = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def record(number: int, **changed: Any) -> dict[str, Any]:
    at = START + timedelta(seconds=number)
    return {
        "userIdentity": {"type": "IAMUser", "userName": f"u{number % 3}", "accessKeyId": "AKIA1"},
        "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "ecr.amazonaws.com",
        "eventName": ("PutImage", "BatchGetImage")[number % 2],
        "awsRegion": "us-east-1",
        "eventID": f"id-{number}",
        "readOnly": bool(number % 2),
        "resources": [{"ARN": f"arn:aws:ecr:us-east-1:123456789012:repository/team/r{number % 2}"}],
        "recipientAccountId": "123456789012",
        **changed,
    }


def line(one: dict[str, Any]) -> str:
    return json.dumps(one, separators=(",", ":")) + "\n"


def write(folder: Path, files: list[list[dict[str, Any]]]) -> None:
    """The last file is the one that grows."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jsonl"):
        old.unlink()
    for number, records in enumerate(files):
        last = number == len(files) - 1
        name = "audit.jsonl" if last else f"audit-20260301T{number:06d}-x.jsonl"
        (folder / name).write_text("".join(map(line, records)))


def ids(history: History, question: Question, limit: int = 50) -> list[str]:
    """All pages' events."""
    found: list[str] = []
    token = None
    for _ in range(1000):
        page = history.look_up(question, limit, token)
        assert len(page.events) <= limit
        found += [one.record["eventID"] for one in page.events]
        token = page.token
        if token is None:
            return found
    raise AssertionError("no end of pages")


@some
@given(
    sizes=st.lists(st.integers(0, 12), min_size=1, max_size=4),
    limit=st.integers(1, 7),
    bound=st.sampled_from([1, 700, 10**9]),
    block=st.sampled_from([7, 300, 10**6]),
)
def test_pages_hold_everything_once_the_newest_first(
    tmp_path: Path, sizes: list[int], limit: int, bound: int, block: int
) -> None:
    """However the files are cut, and however little one page may read."""
    numbers = iter(range(1000))
    files = [[record(next(numbers)) for _ in range(size)] for size in sizes]
    write(tmp_path, files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("portside.services.audit.history.BLOCK_BYTES", block)
        found = ids(History(tmp_path, read_bytes_max=bound), Question(registry=HERE), limit)
    assert found == [f"id-{number}" for number in reversed(range(sum(sizes)))]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("EventId", "id-4", [4]),
        ("EventName", "PutImage", [4, 2, 0]),
        ("ReadOnly", "true", [5, 3, 1]),
        ("ReadOnly", "false", [4, 2, 0]),
        ("Username", "u1", [4, 1]),
        ("ResourceType", "AWS::ECR::Repository", [5, 4, 3, 2, 1, 0]),
        ("ResourceName", "team/r1", [5, 3, 1]),
        ("ResourceName", "arn:aws:ecr:us-east-1:123456789012:repository/team/r0", [4, 2, 0]),
        ("EventSource", "ecr.amazonaws.com", [5, 4, 3, 2, 1, 0]),
        ("AccessKeyId", "AKIA1", [5, 4, 3, 2, 1, 0]),
        ("AccessKeyId", "AKIA", []),
        ("EventName", "putimage", []),
        ("Username", 'u"1\\', []),
        ("ResourceName", "r1", []),
    ],
)
def test_attributes(tmp_path: Path, key: str, value: str, expected: list[int]) -> None:
    """A whole value, in its own case."""
    write(tmp_path, [[record(number) for number in range(6)]])
    question = Question(registry=HERE, attribute=(key, value))
    assert ids(History(tmp_path), question) == [f"id-{number}" for number in expected]


def test_only_the_own_account_and_region(tmp_path: Path) -> None:
    """Also where a foreign record's texts look like one of our own."""
    hostile = '"recipientAccountId":"123456789012"'
    foreign = [
        record(1, recipientAccountId="999999999999"),
        record(2, awsRegion="eu-west-1"),
        record(3, recipientAccountId="999999999999", userAgent=hostile),
    ]
    write(tmp_path, [[record(0), *foreign]])
    assert ids(History(tmp_path), Question(registry=HERE)) == ["id-0"]


def test_times_are_within_both_ends(tmp_path: Path) -> None:
    write(tmp_path, [[record(number) for number in range(4)], [record(n) for n in range(4, 9)]])
    question = Question(
        registry=HERE, start=START + timedelta(seconds=3), end=START + timedelta(seconds=5)
    )
    assert ids(History(tmp_path), question, 2) == ["id-5", "id-4", "id-3"]


def test_files_that_are_all_too_old_or_too_new_are_not_read_through(tmp_path: Path) -> None:
    """Seen by the bound: what is read through ends the page."""
    days = [[record(day * 86_400 + number) for number in range(50)] for day in range(4)]
    write(tmp_path, days)
    at = START + timedelta(days=2)
    question = Question(registry=HERE, start=at, end=at + timedelta(minutes=10))
    page = History(tmp_path, read_bytes_max=51 * len(line(days[2][0]))).look_up(question, 50, None)
    assert (len(page.events), page.token) == (50, None)


def test_a_page_goes_on_where_it_was_after_a_rotation(tmp_path: Path) -> None:
    records = [record(number) for number in range(6)]
    write(tmp_path, [records])
    history, question = History(tmp_path), Question(registry=HERE)
    first = history.look_up(question, 2, None)
    (tmp_path / "audit.jsonl").rename(tmp_path / "audit-20260301T000001-x.jsonl")
    (tmp_path / "audit.jsonl").write_text(line(record(6)))
    second = history.look_up(question, 50, first.token)
    assert [one.record["eventID"] for one in second.events] == ["id-3", "id-2", "id-1", "id-0"]


def test_a_page_whose_file_is_gone_is_the_last(tmp_path: Path) -> None:
    write(tmp_path, [[record(number) for number in range(6)]])
    history, question = History(tmp_path), Question(registry=HERE)
    token = history.look_up(question, 2, None).token
    write(tmp_path, [[record(9)]])
    page = history.look_up(question, 2, token)
    assert (page.events, page.token) == ([], None)


def test_tokens_of_other_questions_are_refused(tmp_path: Path) -> None:
    write(tmp_path, [[record(number) for number in range(6)]])
    history = History(tmp_path)
    token = history.look_up(Question(registry=HERE), 2, None).token
    for held in (token, "", "nonsense", "WyJMb29rdXBFdmVudHMiXQ=="):
        with pytest.raises(InvalidNextToken):
            history.look_up(Question(registry=HERE, start=START), 2, held)


def test_a_start_after_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidTimeRange):
        History(tmp_path).look_up(
            Question(registry=HERE, start=START, end=START - timedelta(seconds=1)), 1, None
        )


def test_no_trail_and_broken_lines(tmp_path: Path) -> None:
    assert ids(History(tmp_path / "none"), Question(registry=HERE)) == []
    write(tmp_path, [[record(0)]])
    with (tmp_path / "audit.jsonl").open("a") as file:
        file.write('{"eventTime":"2026-03-01T00:00:01Z", "recip\n[1]\nnonsense\n')
        file.write(line(record(1)) + line(record(2))[:-20])
    assert ids(History(tmp_path), Question(registry=HERE)) == ["id-1", "id-0"]


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ({"type": "Root", "arn": "arn:aws:iam::123456789012:root"}, "root"),
        ({"type": "IAMUser", "userName": "ann"}, "ann"),
        ({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/ci/run-7"}, "run-7"),
        ({"accountId": "123456789012", "invokedBy": "AWS Internal"}, None),
        (None, None),
    ],
)
def test_who_did_it(identity: Any, expected: str | None) -> None:
    assert username({"userIdentity": identity}) == expected


def test_what_it_was_done_to() -> None:
    arns = [
        "arn:aws:iam::1:user/ann",
        "arn:aws:iam::1:role/x/ci",
        "arn:aws:iam::1:root",
        "nothing",
        None,
    ]
    found = resources({"resources": [{"ARN": arn} for arn in arns]})
    assert found == [
        ("AWS::IAM::User", "arn:aws:iam::1:user/ann"),
        ("AWS::IAM::Role", "arn:aws:iam::1:role/x/ci"),
        (None, "arn:aws:iam::1:root"),
        (None, "nothing"),
    ]
    assert resources({}) == []
