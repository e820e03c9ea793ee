"""ECR as a registry to import from: its API gives a password, and lists what ``/v2/`` does not.

Credentials are found as the AWS CLI finds them: environment, profile, role of the machine.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Final

from portside.registry.upstreams import HOSTS, Endpoint, UpstreamDenied, UpstreamKind
from portside.services.upstreams.sources import Credentials

_REGION_DEFAULT: Final = "us-east-1"


def is_ecr(endpoint: Endpoint) -> bool:
    """Whether the host is one of Amazon ECR's."""
    return HOSTS[UpstreamKind.ECR].fullmatch(endpoint.host) is not None


class ECR:
    """The API of an ECR, or of a registry that answers like it at the registry's own address."""

    def __init__(self, endpoint: Endpoint, profile: str | None) -> None:
        # botocore takes time to load that only such imports are worth.
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        from botocore.session import Session  # noqa: PLC0415

        self._errors = (BotoCoreError, ClientError)
        self._endpoint = endpoint
        account, _, rest = endpoint.host.partition(".dkr.ecr.")
        real = is_ecr(endpoint)
        self._registry = {"registryId": account} if real else {}
        try:
            session: Any = Session(profile=profile)
            region = rest.partition(".")[0] if real else session.get_config_variable("region")
            self._client = session.create_client(
                "ecr",
                region_name=region or _REGION_DEFAULT,
                endpoint_url=None if real else str(endpoint),
            )
        except self._errors as error:
            raise UpstreamDenied(str(endpoint), str(error)) from error

    def credentials(self) -> Credentials:
        """A user and password for ``/v2/``, good for twelve hours.

        Raises:
            UpstreamDenied: no credentials were found, or they do not suffice.
        """
        try:
            answer = self._client.get_authorization_token()
        except self._errors as error:
            raise UpstreamDenied(str(self._endpoint), str(error)) from error
        pair = base64.b64decode(answer["authorizationData"][0]["authorizationToken"]).decode()
        user, _, password = pair.partition(":")
        return Credentials(user, password)

    def list_repositories(self) -> Iterator[str]:
        """The names of all repositories; raises as :meth:`credentials` does."""
        try:
            pages = self._client.get_paginator("describe_repositories")
            for page in pages.paginate(**self._registry):
                yield from (entry["repositoryName"] for entry in page["repositories"])
        except self._errors as error:
            raise UpstreamDenied(str(self._endpoint), str(error)) from error
