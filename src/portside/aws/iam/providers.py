"""OpenID Connect providers (IAM CreateOpenIDConnectProvider …)."""

from __future__ import annotations

from typing import Any

from portside.access.authorize import Resource
from portside.aws.calls import Call
from portside.aws.iam.holders import read_tags
from portside.aws.iam.pages import paginate
from portside.aws.iam.shapes import show_tags
from portside.identity.credentials import parse_provider_url, provider_arn


def new_provider(call: Call) -> Resource:
    """The provider that the request would make."""
    return Resource.of(provider_arn(call.caller.account, parse_provider_url(call.params["Url"])))


def create_provider(call: Call) -> dict[str, Any]:
    """Trust an issuer of identity tokens."""
    params = call.params
    made = call.deeds.iam.providers.create(
        call.caller.account,
        parse_provider_url(params["Url"]),
        params.get("ClientIDList") or [],
        params.get("ThumbprintList") or [],
        read_tags(params),
    )
    tags = show_tags(made.tags) if made.tags else None
    return {"OpenIDConnectProviderArn": made.arn.text, "Tags": tags}


def get_provider(call: Call) -> dict[str, Any]:
    """Show a provider."""
    held = call.deeds.iam.providers.get(call.caller.account, _arn(call))
    return {
        "Url": held.url,
        "ClientIDList": list(held.client_ids),
        "ThumbprintList": list(held.thumbprints),
        "CreateDate": held.created_at,
        "Tags": show_tags(held.tags),
    }


def list_providers(call: Call) -> dict[str, Any]:
    """Show the ARNs of all providers."""
    found = call.deeds.iam.providers.list(call.caller.account)
    return {"OpenIDConnectProviderList": [{"Arn": held.arn.text} for held in found]}


def delete_provider(call: Call) -> dict[str, Any]:
    """Trust an issuer no more."""
    call.deeds.iam.providers.delete(call.caller.account, _arn(call))
    return {}


def add_client_id(call: Call) -> dict[str, Any]:
    """Take tokens for another audience."""
    client_id = call.params["ClientID"]
    call.deeds.iam.providers.add_client_id(call.caller.account, _arn(call), client_id)
    return {}


def remove_client_id(call: Call) -> dict[str, Any]:
    """Take tokens for an audience no more."""
    client_id = call.params["ClientID"]
    call.deeds.iam.providers.remove_client_id(call.caller.account, _arn(call), client_id)
    return {}


def update_thumbprints(call: Call) -> dict[str, Any]:
    """Set the thumbprints of an issuer's certificates."""
    thumbprints = call.params["ThumbprintList"]
    call.deeds.iam.providers.put_thumbprints(call.caller.account, _arn(call), thumbprints)
    return {}


def tag_provider(call: Call) -> dict[str, Any]:
    """Put tags on a provider."""
    call.deeds.iam.providers.tag(call.caller.account, _arn(call), read_tags(call.params))
    return {}


def untag_provider(call: Call) -> dict[str, Any]:
    """Take tags off a provider."""
    call.deeds.iam.providers.untag(call.caller.account, _arn(call), call.params["TagKeys"])
    return {}


def list_provider_tags(call: Call) -> dict[str, Any]:
    """Show a provider's tags."""
    held = call.deeds.iam.providers.get(call.caller.account, _arn(call))
    page, more = paginate(call, show_tags(held.tags), lambda entry: entry["Key"])
    return {"Tags": page, **more}


def _arn(call: Call) -> str:
    return str(call.params["OpenIDConnectProviderArn"])
