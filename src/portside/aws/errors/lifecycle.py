"""How refusals of lifecycle policies are worded."""

from __future__ import annotations

from portside.aws.errors.wording import Answers, invalid_parameter
from portside.lifecycle.documents import MalformedLifecyclePolicy

ANSWERS: Answers = {
    MalformedLifecyclePolicy: lambda refusal: invalid_parameter(
        "LifecyclePolicyText", f"Lifecycle policy validation failure: {refusal.reason}"
    ),
}
