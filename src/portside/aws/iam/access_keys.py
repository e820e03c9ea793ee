"""Access keys (IAM CreateAccessKey, GetAccessKeyLastUsed …)."""

from __future__ import annotations

from typing import Any

from portside.access.authorize import Resource
from portside.aws.calls import Call
from portside.aws.iam.holders import named_or_acting_user
from portside.aws.iam.pages import paginate
from portside.aws.iam.shapes import show_access_key
from portside.aws.protocol.errors import AWSError
from portside.identity.identities import Identity, Kind
from portside.identity.refusals import NoSuchEntity, Thing


def create_access_key(call: Call) -> dict[str, Any]:
    """Make an access key; the one time that its secret is shown."""
    owner = named_or_acting_user(call)
    made = call.deeds.iam.access_keys.create(owner)
    return {
        "AccessKey": {
            "UserName": _name(owner),
            "AccessKeyId": made.id,
            "Status": "Active",
            "SecretAccessKey": made.secret,
            "CreateDate": made.created_at,
        }
    }


def list_access_keys(call: Call) -> dict[str, Any]:
    """Show a user's access keys, or one's own."""
    owner = named_or_acting_user(call)
    found = call.deeds.iam.access_keys.list(owner)
    page, more = paginate(call, found, lambda key: f"{key.created_at.isoformat()} {key.id}")
    return {"AccessKeyMetadata": [show_access_key(_name(owner), key) for key in page], **more}


def update_access_key(call: Call) -> dict[str, Any]:
    """Let an access key sign, or not."""
    status = call.params["Status"]
    if status not in {"Active", "Inactive"}:
        raise AWSError("InvalidInput", f"Status {status} cannot be set.")
    owner = named_or_acting_user(call)
    call.deeds.iam.access_keys.put_active(
        owner, call.params["AccessKeyId"], active=status == "Active"
    )
    return {}


def delete_access_key(call: Call) -> dict[str, Any]:
    """Remove an access key."""
    owner = named_or_acting_user(call)
    call.deeds.iam.access_keys.delete(owner, call.params["AccessKeyId"])
    return {}


def get_access_key_last_used(call: Call) -> dict[str, Any]:
    """Tell whose an access key is, and when it was last used."""
    key_id = call.params["AccessKeyId"]
    # What this process has noted and not yet written counts too.
    call.deeds.iam.key_uses.write()
    found = call.deeds.iam.access_keys.find_owner(call.caller.account, key_id)
    if found is None:
        raise NoSuchEntity(Thing.ACCESS_KEY, key_id)
    owner, key = found
    use = key.last_use
    shown = {
        "LastUsedDate": use.at if use else None,
        "ServiceName": use.service if use else "N/A",
        "Region": use.region if use else "N/A",
    }
    return {"UserName": _name(owner), "AccessKeyLastUsed": shown}


def key_owner(call: Call) -> Resource:
    """Whose the access key is that the request names."""
    found = call.deeds.iam.access_keys.find_owner(call.caller.account, call.params["AccessKeyId"])
    return Resource.of(found[0].arn) if found else Resource.everything(call.caller.account)


def _name(owner: Identity) -> str | None:
    return None if owner.kind is Kind.ROOT else owner.name
