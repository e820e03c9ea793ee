"""Handing a role to the registry (IAM user guide, "Grant permissions to pass a role")."""

from __future__ import annotations

from portside.access.authorize import Resource
from portside.aws.calls import Call
from portside.names.arns import Arn
from portside.names.errors import MalformedName


def passing_role(call: Call) -> tuple[tuple[str, Resource], ...]:
    """To name a role that ECR shall act as takes the right to pass it, and none of other accounts.

    Without it, whoever may configure a registry could act with any role's rights.
    """
    role = call.params.get("customRoleArn")
    if not role:
        return ()
    try:
        resource = Resource.of(Arn(role))
    except MalformedName:
        # The operation refuses it with words of its own.
        return ()
    return (("iam:PassRole", resource),)
