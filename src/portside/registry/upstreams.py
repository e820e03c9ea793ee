"""Pull-through cache rules: which upstream registry a repository is a copy of, and of what in it.

Source: ECR user guide, "Sync an upstream registry with an Amazon ECR private registry"; ECR API,
CreatePullThroughCacheRule.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from portside.names.accounts import RegistryId
from portside.names.errors import MalformedName, Refusal
from portside.names.repositories import RepositoryName
from portside.registry.templates import ROOT, prefix_key, prefix_keys

RULES_MAX: Final = 50
"""ECR service quotas, "Pull through cache rules per registry"."""

_ENDPOINT = re.compile(
    r"(?:(https?)://)?([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::([0-9]{1,5}))?/?",
    re.IGNORECASE,
)
_PORTS: Final = {"http": 80, "https": 443}


class UpstreamKind(StrEnum):
    """The upstream registries that ECR knows (``upstreamRegistry``)."""

    ECR = "ecr"
    ECR_PUBLIC = "ecr-public"
    QUAY = "quay"
    K8S = "k8s"
    DOCKER_HUB = "docker-hub"
    GITHUB = "github-container-registry"
    AZURE = "azure-container-registry"
    GITLAB = "gitlab-container-registry"
    CHAINGUARD = "chainguard"


HOSTS: Final = {
    UpstreamKind.ECR: re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]{4,40}\.amazonaws\.com(\.cn)?"),
    UpstreamKind.ECR_PUBLIC: re.compile(r"public\.ecr\.aws"),
    UpstreamKind.QUAY: re.compile(r"quay\.io"),
    UpstreamKind.K8S: re.compile(r"registry\.k8s\.io"),
    UpstreamKind.DOCKER_HUB: re.compile(r"registry-1\.docker\.io"),
    UpstreamKind.GITHUB: re.compile(r"ghcr\.io"),
    UpstreamKind.AZURE: re.compile(r"[a-z0-9]{5,50}\.azurecr\.io"),
    UpstreamKind.GITLAB: re.compile(r"registry\.gitlab\.com"),
    UpstreamKind.CHAINGUARD: re.compile(r"cgr\.dev"),
}
"""The hosts of each, as CreatePullThroughCacheRule's documentation has them."""

NEED_CREDENTIALS: Final = frozenset(
    {
        UpstreamKind.DOCKER_HUB,
        UpstreamKind.GITHUB,
        UpstreamKind.AZURE,
        UpstreamKind.GITLAB,
        UpstreamKind.CHAINGUARD,
    }
)
"""Those of which ECR asks for a ``credentialArn``."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a registry answers."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


@dataclass(frozen=True, slots=True)
class Upstream:
    """What a rule's URL names. ``is_trusted`` tells that the operator of this server named it."""

    endpoint: Endpoint
    kind: UpstreamKind | None
    is_trusted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A pull-through cache rule. Prefixes and the URL are as they were given."""

    prefix: str
    url: str
    kind: UpstreamKind | None
    created_at: datetime
    updated_at: datetime
    credential_arn: str | None = None
    custom_role_arn: str | None = None
    upstream_prefix: str = ROOT

    @property
    def key(self) -> str:
        """What the prefix is known by."""
        return prefix_key(self.prefix)


@dataclass(eq=False)
class RuleRefusal(Refusal):
    """A refusal that concerns the rule of one prefix."""

    registry: RegistryId
    prefix: str


@dataclass(eq=False)
class RuleNotFound(RuleRefusal):
    """The registry has no rule of this prefix."""


@dataclass(eq=False)
class RuleAlreadyExists(RuleRefusal):
    """The registry has a rule of this prefix."""


@dataclass(eq=False)
class TooManyRules(Refusal):
    """The registry has as many rules as it may."""

    limit: int


@dataclass(eq=False)
class InvalidRule(Refusal):
    """A part of a rule that ECR does not take; ``reason`` says why."""

    parameter: str
    reason: str


@dataclass(eq=False)
class UpstreamUnsupported(Refusal):
    """The URL is of no registry that ECR, or the operator of this server, allows."""

    url: str


@dataclass(eq=False)
class SecretNotFound(Refusal):
    """No upstream secret of this ARN was stored on this server."""

    arn: str


@dataclass(eq=False)
class SecretUnreadable(Refusal):
    """The upstream secret of this ARN cannot be opened with the server's key."""

    arn: str


@dataclass(eq=False)
class SecretForbidden(Refusal):
    """The upstream secret of this ARN is another account's."""

    arn: str


@dataclass(eq=False)
class UpstreamRefusal(Refusal):
    """An upstream registry did not give what was asked for; ``reason`` says why."""

    upstream: str
    reason: str


@dataclass(eq=False)
class UpstreamDenied(UpstreamRefusal):
    """The upstream registry does not let us: no or wrong credentials."""


@dataclass(eq=False)
class UpstreamUnavailable(UpstreamRefusal):
    """The upstream registry cannot be reached, or answers what it must not."""


@dataclass(eq=False)
class UpstreamLayerUnavailable(UpstreamRefusal):
    """Either, of a layer that was asked for through the API."""


@dataclass(eq=False)
class UpstreamReferrersUnavailable(UpstreamRefusal):
    """Either, of referrers that were asked for through the API."""


def parse_endpoint(text: str) -> tuple[str | None, Endpoint]:
    """The scheme that a URL names, if it does, and its endpoint (https if it names none).

    Raises:
        ValueError: it is not ``host``, ``host:port``, or either behind http:// or https://.
    """
    found = _ENDPOINT.fullmatch(text)
    if found is None or int(found[3] or 1) not in range(1, 65536):
        raise ValueError("expected HOST, HOST:PORT, or either behind http:// or https://")
    given = found[1].lower() if found[1] else None
    scheme = given or "https"
    return given, Endpoint(scheme, found[2].lower(), int(found[3] or _PORTS[scheme]))


def parse_endpoints(text: str) -> tuple[Endpoint, ...]:
    """The endpoints of a list between commas; raises as :func:`parse_endpoint` does."""
    return tuple(parse_endpoint(entry.strip())[1] for entry in text.split(","))


def identify(url: str, named: UpstreamKind | None, allowed: Collection[Endpoint]) -> Upstream:
    """The upstream registry that a rule's URL names, among ECR's and the operator's.

    Raises:
        UpstreamUnsupported: it is none of them, or not of the kind that was named.
    """
    try:
        given, endpoint = parse_endpoint(url)
    except ValueError as error:
        raise UpstreamUnsupported(url) from error
    for entry in allowed:
        bare = given is None and entry.host == endpoint.host
        if entry == endpoint or (bare and _port(url, entry.scheme) == entry.port):
            return Upstream(entry, named, is_trusted=True)
    if endpoint.scheme == "https" and endpoint.port == _PORTS["https"]:
        for kind, hosts in HOSTS.items():
            if hosts.fullmatch(endpoint.host) and named in (None, kind):
                return Upstream(endpoint, kind, is_trusted=False)
    raise UpstreamUnsupported(url)


def _port(url: str, scheme: str) -> int:
    found = _ENDPOINT.fullmatch(url)
    return int(found[3]) if found and found[3] else _PORTS[scheme]


def select(rules: Iterable[Rule], name: RepositoryName) -> Rule | None:
    """The rule that covers a repository: the most specific one."""
    by_key = {rule.key: rule for rule in rules}
    return next((by_key[key] for key in prefix_keys(name) if key in by_key), None)


def upstream_name(rule: Rule, name: RepositoryName) -> str | None:
    """What a repository under this rule is called upstream; ``None`` if nothing can be.

    The part of the name behind the rule's prefix, behind the upstream's prefix.
    """
    rest = name.text if rule.key == ROOT else name.text.removeprefix(f"{rule.key}/")
    prefix = prefix_key(rule.upstream_prefix)
    mapped = rest if prefix == ROOT else f"{prefix}/{rest}"
    try:
        return RepositoryName(mapped).text
    except MalformedName:
        return None


def check_rule(rule: Rule, upstream: Upstream) -> None:
    """Refuse a rule without what ECR needs to authenticate.

    Raises:
        InvalidRule: with the parameter and the reason.
    """
    needed = upstream.kind in NEED_CREDENTIALS and not upstream.is_trusted
    if needed and rule.credential_arn is None:
        raise InvalidRule(
            "credentialArn", f"credentialArn is required for the upstream registry {upstream.kind}"
        )
