"""What a handler of the ``/v2/`` face is given."""

from __future__ import annotations

from dataclasses import dataclass

from portside.access.authorize import Authorizer, Resource
from portside.access.callers import Caller
from portside.access.circumstances import Circumstances
from portside.access.slowing import Slowing
from portside.names.accounts import RegistryId
from portside.names.arns import repository_arn
from portside.names.repositories import RepositoryName
from portside.services.deletions import Deleting
from portside.services.images import Images
from portside.services.pull_through import PullThrough
from portside.services.pulls import Pulls
from portside.services.repositories import Repositories
from portside.services.templates import Templates
from portside.services.uploads import Uploads
from portside.services.upstreams.copies import Puller
from portside.web.bodies import Receive
from portside.web.circumstances import read_circumstances
from portside.web.context import RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """The services that this face calls."""

    repositories: Repositories
    images: Images
    deleting: Deleting
    uploads: Uploads
    pulls: Pulls
    pull_through: PullThrough
    templates: Templates
    authorizer: Authorizer
    slowing: Slowing


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryCall:
    """An authenticated and authorized request that names no repository."""

    context: RequestContext
    receive: Receive
    caller: Caller
    deeds: Deeds

    @property
    def registry(self) -> RegistryId:
        """The registry that the request is addressed to."""
        return self.context.registry

    def look(self) -> Circumstances:
        """What the request says of itself, as far as policies may ask."""
        return read_circumstances(self.context, self.registry.region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(RegistryCall):
    """An authenticated and authorized request to a repository.

    ``reference`` is the path's last segment: a tag, a digest or an upload's id.
    """

    name: RepositoryName
    reference: str

    def may(self, action: str, name: RepositoryName) -> bool:
        """Whether the caller could do this to another repository of the registry; on any thread."""
        resource = Resource.of(repository_arn(self.registry, name))
        authorizer = self.deeds.authorizer
        return authorizer.decide_anew(self.caller, action, resource, self.look).allowed

    def may_create(self) -> bool:
        """Whether the caller could make the repository that the request is to."""
        return self.may("ecr:CreateRepository", self.name)

    @property
    def puller(self) -> Puller:
        """The caller as who pulls from this repository."""
        return Puller(self.registry, self.name, self.may_here)

    def may_here(self, action: str) -> bool:
        """Whether the caller could do this, too, to the repository that the request is to."""
        return self.may(action, self.name)
