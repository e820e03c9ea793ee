"""Credentials for upstream registries: the one door to them, and the only place that opens them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from portside.access.sealing import Seal, SealBroken
from portside.metadata import upstreams
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.registry.upstreams import SecretForbidden, SecretNotFound, SecretUnreadable
from portside.services.upstreams.sources import Credentials

NAME_PREFIX: Final = "ecr-pullthroughcache/"
"""With what the names of such secrets begin (ECR user guide, "Storing your upstream …")."""

_NAME = re.compile(rf"(?:{NAME_PREFIX})?([A-Za-z0-9/_+=.@-]{{1,400}})")
_ARN = re.compile(
    rf"arn:aws(?:-[a-z]{{1,10}}){{0,3}}:secretsmanager:[a-z0-9-]{{1,40}}:[0-9]{{12}}:secret:"
    rf"{NAME_PREFIX}[A-Za-z0-9/_+=.@-]{{1,400}}"
)


class UpstreamSecrets:
    """The credentials that the operator of this server stored, sealed."""

    def __init__(self, database: Database, seal: Seal, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock

    def put(self, arn: str, credentials: Credentials) -> None:
        """Store credentials under an ARN, in the place of any that were there."""
        content = {"username": credentials.username, "accessToken": credentials.access_token}
        sealed = self._seal.seal_text(json.dumps(content), _purpose(arn))
        with self._database.write() as tx:
            upstreams.put_secret(tx, arn, sealed, self._clock())

    def list(self) -> list[tuple[str, datetime]]:
        """The ARNs of what is stored, and since when."""
        with self._database.read() as tx:
            return upstreams.list_secrets(tx)

    def delete(self, arn: str) -> bool:
        """Forget what is stored under an ARN; whether anything was."""
        with self._database.write() as tx:
            return upstreams.delete_secret(tx, arn)

    def get(self, tx: Transaction, registry: RegistryId, arn: str) -> Credentials:
        """What is stored under an ARN of the registry's account.

        Raises:
            SecretForbidden: the ARN is of another account.
            SecretNotFound: nothing is.
            SecretUnreadable: it was sealed under another key.
        """
        if arn.split(":")[4] != registry.account.text:
            raise SecretForbidden(arn)
        sealed = upstreams.find_secret(tx, arn)
        if sealed is None:
            raise SecretNotFound(arn)
        try:
            content = json.loads(self._seal.open_text(sealed, _purpose(arn)))
        except SealBroken as error:
            raise SecretUnreadable(arn) from error
        return Credentials(content["username"], content["accessToken"])


def secret_arn(text: str, registry: RegistryId) -> str:
    """The ARN that an ARN is, or that a secret's name has in this registry.

    Raises:
        ValueError: it is neither.
    """
    if _ARN.fullmatch(text):
        return text
    found = _NAME.fullmatch(text)
    if found is None or text.startswith("arn:"):
        raise ValueError(
            f"a name, or an ARN as in arn:aws:secretsmanager:{registry.region}:"
            f"{registry.account}:secret:{NAME_PREFIX}NAME"
        )
    where = f"{registry.region}:{registry.account}"
    return f"arn:aws:secretsmanager:{where}:secret:{NAME_PREFIX}{found[1]}"


def _purpose(arn: str) -> str:
    return f"upstream-secret {arn}"
