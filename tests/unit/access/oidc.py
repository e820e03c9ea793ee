"""An OpenID Connect issuer for tests: keys made now, and tokens of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://issuer.example"
AUDIENCE = "sts.amazonaws.com"
SUBJECT = "repo:team/app:ref:refs/heads/main"


@dataclass
class Issuer:
    """Signs tokens with one key."""

    algorithm: str = "RS256"
    key_id: str | None = "key-1"
    key: Any = field(init=False)

    def __post_init__(self) -> None:
        if self.algorithm.startswith("RS"):
            self.key = rsa.generate_private_key(65537, 2048)
        else:
            curve = ec.SECP384R1() if self.algorithm == "ES384" else ec.SECP256R1()
            self.key = ec.generate_private_key(curve)

    def jwk(self) -> dict[str, Any]:
        """The public key."""
        public = self.key.public_key()
        shown = (
            RSAAlgorithm.to_jwk(public)
            if self.algorithm.startswith("RS")
            else ECAlgorithm.to_jwk(public)
        )
        key: dict[str, Any] = json.loads(shown)
        return key | {"kid": self.key_id, "use": "sig"}

    def jwks(self) -> dict[str, Any]:
        """The set of keys."""
        return {"keys": [self.jwk()]}

    def token(self, now: datetime | None = None, **claims: Any) -> str:
        """A token; a claim of ``None`` is left out."""
        issued = now or datetime.now(tz=UTC)
        held = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": SUBJECT,
            "iat": int(issued.timestamp()),
            "exp": int((issued + timedelta(minutes=5)).timestamp()),
        } | claims
        kept = {name: value for name, value in held.items() if value is not None}
        headers = {} if self.key_id is None else {"kid": self.key_id}
        return jwt.encode(kept, self.key, self.algorithm, headers=headers)
