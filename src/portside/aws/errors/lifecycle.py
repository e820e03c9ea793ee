"""How refusals of lifecycle policies are worded."""

from __future__ import annotations

from portside.aws.errors.wording import Answers, Wording, invalid_parameter, where
from portside.lifecycle.documents import MalformedLifecyclePolicy
from portside.registry import lifecycles


def _policy_not_found(refusal: lifecycles.LifecyclePolicyNotFound) -> Wording:
    return "LifecyclePolicyNotFoundException", (
        f"Lifecycle policy does not exist for {where(refusal)}"
    )


def _preview_not_found(refusal: lifecycles.LifecyclePreviewNotFound) -> Wording:
    return "LifecyclePolicyPreviewNotFoundException", (
        f"Lifecycle policy preview does not exist for {where(refusal)}"
    )


def _preview_in_progress(refusal: lifecycles.LifecyclePreviewInProgress) -> Wording:
    return "LifecyclePolicyPreviewInProgressException", (
        f"The previous lifecycle policy preview request for {where(refusal)} has not completed. "
        "Wait and try again."
    )


ANSWERS: Answers = {
    MalformedLifecyclePolicy: lambda refusal: invalid_parameter(
        "LifecyclePolicyText", f"Lifecycle policy validation failure: {refusal.reason}"
    ),
    lifecycles.LifecyclePolicyNotFound: _policy_not_found,
    lifecycles.LifecyclePreviewNotFound: _preview_not_found,
    lifecycles.LifecyclePreviewInProgress: _preview_in_progress,
}
