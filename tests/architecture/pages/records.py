"""The page of audit records: one of each form, as it is written."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from portside.access.callers import Caller, Session
from portside.aws.errors import word
from portside.console.audit import EVENT, SERVICE
from portside.names.accounts import AccountId
from portside.names.arns import Arn
from portside.services.audit import HIDDEN
from portside.services.audit.attributes import ATTRIBUTES
from portside.services.audit.records import Entry, Renderer
from portside.services.sign_in import SignInRefused

HEAD = """# Audit records

The forms of the lines of the [audit trail](audit.md), which are CloudTrail's, each shown over many
lines here and on one in the file. `eventID` differs in every record; `requestID` is what the client
was answered, too. `eventName` is an operation of the API, also where a client did the same over
`/v2/`.

`cloudtrail:LookupEvents` finds them by {attributes}.

"""
FOOT = "This page is made from what writes the records: `make docs-reference`.\n"
ACCOUNT = AccountId("123456789012")
REFUSED = word(SignInRefused())
MOMENT = datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)
REPOSITORY = "arn:aws:ecr:us-east-1:123456789012:repository/team/web"
REQUEST: dict[str, Any] = {
    "at": MOMENT,
    "request_id": "2f6c0d0e-0000-4000-8000-000000000001",
    "source_ip": "192.0.2.17",
    "user_agent": "aws-cli/2.17.0",
    "region": "us-east-1",
    "account": ACCOUNT.text,
}
ANN = Caller(
    arn=Arn("arn:aws:iam::123456789012:user/ann"),
    account=ACCOUNT,
    unique_id="AIDAEXAMPLE0000000001",
    is_root=False,
    access_key_id="AKIAEXAMPLE000000001",
)
BUILDER = Caller(
    arn=Arn("arn:aws:sts::123456789012:assumed-role/builder/run-17"),
    account=ACCOUNT,
    unique_id="AROAEXAMPLE0000000001",
    is_root=False,
    access_key_id="ASIAEXAMPLE000000001",
    session=Session(
        name="run-17",
        role_arn=Arn("arn:aws:iam::123456789012:role/builder"),
        issued_at=MOMENT,
        expires_at=MOMENT,
    ),
)
RECORDS = {
    "A change by a user": Entry(
        **REQUEST,
        service="ecr",
        event="CreateRepository",
        caller=ANN,
        resource=REPOSITORY,
        parameters={"repositoryName": "team/web"},
        answer={"repository": {"repositoryName": "team/web", "repositoryArn": REPOSITORY}},
    ),
    "A refusal, of a role's session": Entry(
        **REQUEST,
        service="ecr",
        event="PutImage",
        caller=BUILDER,
        resource=REPOSITORY,
        parameters={"repositoryName": "team/web", "imageTag": "v1"},
        error=(
            "AccessDenied",
            (
                f"User: {BUILDER.arn.text} is not authorized to perform: ecr:PutImage on resource: "
                f"{REPOSITORY} because no identity-based policy allows the ecr:PutImage action"
            ),
        ),
    ),
    "A wrong password in the console": Entry(
        **REQUEST,
        service=SERVICE,
        event=EVENT,
        caller=None,
        claimed={"type": "IAMUser", "userName": HIDDEN},
        answer={EVENT: "Failure"},
        error=(REFUSED.code, REFUSED.message),
    ),
    "What the registry did by itself": Entry(
        **REQUEST,
        service="ecr",
        event="PolicyExecutionEvent",
        caller=None,
        resource=REPOSITORY,
        details={"repositoryName": "team/web", "lifecycleEventImageActions": []},
    ),
}
_ID = re.compile(r'("eventID": ")[^"]+')


def page() -> str:
    """The page as it ought to be."""
    attributes = ", ".join(f"`{name}`" for name in sorted(ATTRIBUTES))
    return HEAD.format(attributes=attributes) + "\n".join(_sections()) + "\n" + FOOT


def _sections() -> Iterator[str]:
    renderer = Renderer()
    for title, entry in RECORDS.items():
        shown = json.dumps(json.loads(renderer.render(entry)), indent=2)
        same = _ID.sub(r"\g<1>1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d", shown)
        yield f"## {title}\n\n```json\n{same}\n```\n"
