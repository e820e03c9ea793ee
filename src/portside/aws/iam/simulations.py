"""Simulations (IAM SimulateCustomPolicy, SimulatePrincipalPolicy, GetContextKeysFor…Policy)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from portside.access.authorize import Resource
from portside.aws.calls import Call
from portside.aws.iam.holders import parse_arn
from portside.aws.iam.pages import paginate
from portside.identity.policies import NamedPolicy, PolicySource
from portside.identity.refusals import InputRefused
from portside.policy.simulate import Position
from portside.services.identity.simulations import (
    Exclusion,
    Match,
    Premises,
    Result,
    caller_named,
    caller_of_arn,
    is_excluded,
)

PAIRS_MAX: Final = 100_000
"""The actions times the resources of one simulation, of which a page is at most a thousand."""

_BOUNDARIES: Final = Exclusion(type="permission-boundary")
_RESOURCE_POLICY: Final = "ResourcePolicy"


def source_principal(call: Call) -> Resource:
    """The user, group or role whose policies the request is about."""
    return Resource.of(parse_arn(call.params["PolicySourceArn"]))


def simulate_custom_policy(call: Call) -> dict[str, Any]:
    """What policies would decide that the request gives."""
    params = call.params
    caller = caller_named(call.caller.account, None)
    premises = Premises(caller=caller, identity=_inputs(params, "PolicyInputList"))
    return _simulate(call, _with_what_is_given(premises, params))


def simulate_principal_policy(call: Call) -> dict[str, Any]:
    """What the policies of a user, group or role would decide."""
    params = call.params
    account = call.caller.account
    identity, held, boundary = call.deeds.iam.simulations.premises_of(
        account, params["PolicySourceArn"]
    )
    excluded = [_exclusion(entry) for entry in params.get("PolicyExclusionList") or []]
    premises = Premises(
        caller=caller_named(account, identity),
        identity=[
            *(one for one in held if not is_excluded(one, excluded)),
            *_inputs(params, "PolicyInputList"),
        ],
        boundary=None if _BOUNDARIES in excluded else boundary,
    )
    return _simulate(call, _with_what_is_given(premises, params))


def get_context_keys_for_custom_policy(call: Call) -> dict[str, Any]:
    """The condition keys that the request's policies look at."""
    texts = _inputs(call.params, "PolicyInputList")
    return {"ContextKeyNames": call.deeds.iam.simulations.context_keys(texts)}


def get_context_keys_for_principal_policy(call: Call) -> dict[str, Any]:
    """The condition keys that the policies of a user, group or role look at."""
    _, held, _ = call.deeds.iam.simulations.premises_of(
        call.caller.account, call.params["PolicySourceArn"]
    )
    texts = [*held, *_inputs(call.params, "PolicyInputList")]
    return {"ContextKeyNames": call.deeds.iam.simulations.context_keys(texts)}


def _exclusion(entry: dict[str, Any]) -> Exclusion:
    if len(entry) != 1:
        raise InputRefused("A policy identifier holds one of type, ARN and inline policy.")
    if "PolicyArn" in entry:
        return Exclusion(arn=parse_arn(entry["PolicyArn"]).text)
    if "PolicyType" in entry:
        return Exclusion(type=entry["PolicyType"])
    inline = entry["InlinePolicyIdentifier"]
    return Exclusion(
        type=inline["AttachmentType"].lower(),
        name=inline["PolicyName"],
        holder=inline["AttachmentName"],
    )


def _with_what_is_given(premises: Premises, params: dict[str, Any]) -> Premises:
    boundaries = _inputs(params, "PermissionsBoundaryPolicyInputList")
    if len(boundaries) > 1:
        raise InputRefused("Only one permissions boundary policy can be given.")
    policy, caller = params.get(_RESOURCE_POLICY), params.get("CallerArn")
    if policy is not None and caller is None and premises.caller.arn.endswith("/"):
        raise InputRefused("CallerArn is required where ResourcePolicy is given.")
    owner = params.get("ResourceOwner")
    return replace(
        premises,
        caller=premises.caller if caller is None else caller_of_arn(caller),
        boundary=boundaries[0] if boundaries else premises.boundary,
        resource=None if policy is None else _named(_RESOURCE_POLICY, policy),
        resource_account=None if owner is None else parse_arn(owner).account,
        context={
            entry["ContextKeyName"]: tuple(entry.get("ContextKeyValues") or ())
            for entry in params.get("ContextEntries") or []
            if "ContextKeyName" in entry
        },
    )


def _simulate(call: Call, premises: Premises) -> dict[str, Any]:
    actions = call.params["ActionNames"]
    resources = call.params.get("ResourceArns") or ["*"]
    if len(actions) * len(resources) > PAIRS_MAX:
        raise InputRefused(f"At most {PAIRS_MAX} pairs of an action and a resource can be asked.")
    for action in actions:
        service, colon, name = action.partition(":")
        if not (service and colon and name):
            raise InputRefused(f"Invalid Action Name: {action}")
    pairs = [(action, resource) for action in actions for resource in resources]
    page, more = paginate(call, range(len(pairs)), lambda number: f"{number:06}")
    found = call.deeds.iam.simulations.run(premises, [pairs[number] for number in page])
    return {"EvaluationResults": [_show(result) for result in found], **more}


def _show(result: Result) -> dict[str, Any]:
    simulation = result.simulation
    shown: dict[str, Any] = {
        "EvalActionName": result.action,
        "EvalResourceName": result.resource,
        "EvalDecision": simulation.decision.value,
        "MatchedStatements": [_show_match(match) for match in result.matches],
        "MissingContextValues": list(simulation.missing),
    }
    if simulation.allowed_by_boundary is not None:
        shown["PermissionsBoundaryDecisionDetail"] = {
            "AllowedByPermissionsBoundary": simulation.allowed_by_boundary
        }
    return shown


def _show_match(match: Match) -> dict[str, Any]:
    return {
        "SourcePolicyId": match.policy_name,
        "SourcePolicyType": "Resource Policy" if match.of_resource else "IAM Policy",
        "StartPosition": _show_position(match.span.start),
        "EndPosition": _show_position(match.span.end),
    }


def _show_position(position: Position) -> dict[str, int]:
    return {"Line": position.line, "Column": position.column}


def _inputs(params: dict[str, Any], parameter: str) -> Sequence[NamedPolicy]:
    texts = params.get(parameter) or []
    return [_named(f"{parameter}.{number}", text) for number, text in enumerate(texts, 1)]


def _named(name: str, text: str) -> NamedPolicy:
    return NamedPolicy(arn_or_name=name, text=text, kind=PolicySource.USER_MANAGED)
