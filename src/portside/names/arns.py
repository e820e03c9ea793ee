"""Amazon resource names, as far as Portside's resources have them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from portside.names.accounts import AccountId, RegistryId
from portside.names.errors import MalformedName
from portside.names.repositories import RepositoryName

_GRAMMAR = re.compile(
    r"arn:(?P<partition>aws[a-z-]{0,20}):(?P<service>[a-z0-9-]{1,40}):(?P<region>[a-z0-9-]{0,40})"
    r":(?P<account>[0-9]{12}|aws)?:(?P<resource>[^\s]{1,1200})"
)
_REPOSITORY = "repository/"


@dataclass(frozen=True, slots=True, order=True)
class Arn:
    """An Amazon resource name, ``arn:partition:service:region:account:resource``.

    Raises:
        MalformedName: the text has not the six parts.
    """

    text: str

    def __post_init__(self) -> None:
        if len(self.text) > 1600 or not _GRAMMAR.fullmatch(self.text):
            raise MalformedName(
                "ARN", self.text, "expected arn:partition:service:region:account:resource"
            )

    def __str__(self) -> str:
        return self.text

    @property
    def account(self) -> str:
        """The account's twelve digits, or the empty string where the ARN names none."""
        return self.text.split(":", 5)[4]

    @property
    def resource(self) -> str:
        """What stands behind the account, as in ``repository/team/app`` or ``root``."""
        return self.text.split(":", 5)[5]


def root_arn(account: AccountId) -> Arn:
    """The ARN of an account's root user (IAM user guide, "IAM identifiers")."""
    return Arn(f"arn:aws:iam::{account}:root")


def assumed_role_arn(role: Arn, session_name: str) -> Arn:
    """The ARN of a session of a role (IAM user guide, "IAM identifiers"); the path is left out."""
    name = role.resource.rpartition("/")[2]
    return Arn(f"arn:aws:sts::{role.account}:assumed-role/{name}/{session_name}")


def registry_arn(registry: RegistryId) -> Arn:
    """The ARN under which a registry's repositories stand, for actions on no one repository."""
    return Arn(f"arn:aws:ecr:{registry.region}:{registry.account}:repository/*")


@lru_cache(maxsize=4096)
def repository_arn(registry: RegistryId, name: RepositoryName) -> Arn:
    """The ARN of a repository (service authorization reference, Amazon ECR)."""
    return Arn(f"arn:aws:ecr:{registry.region}:{registry.account}:repository/{name}")


def parse_repository_arn(arn: Arn) -> tuple[AccountId, str, RepositoryName]:
    """The account, region and name that a repository's ARN holds.

    Raises:
        MalformedName: the ARN is not a repository's.
    """
    _, _, service, region, account, resource = arn.text.split(":", 5)
    if service != "ecr" or not resource.startswith(_REPOSITORY):
        raise MalformedName("ARN", arn.text, "expected arn:aws:ecr:REGION:ACCOUNT:repository/NAME")
    return AccountId(account), region, RepositoryName(resource.removeprefix(_REPOSITORY))
