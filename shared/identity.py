"""Who is calling: the gateway signs it, every service verifies it for itself.

A token is a JWT signed with Ed25519 (RFC 8037, RFC 9864), valid for one service and one minute.
It says who, never what they may do: rights are read where they are decided.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.errors import Unauthenticated
from shared.key_pair import ALGORITHM, create_key_pair

ISSUER = "gateway"
LIFETIME = timedelta(seconds=60)
CLOCK_SKEW = timedelta(seconds=5)


@dataclass(frozen=True)
class User:
    """The signed-in person on whose behalf a request is made."""

    id: UUID
    name: str


class IdentityIssuer:
    """Signs who-you-are tokens. Only the gateway holds the private key."""

    def __init__(self, private_key: Path) -> None:
        self._key = OKPKey.import_key(private_key.read_bytes())

    def token(self, user: User, *, audience: str) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": str(user.id),
            "name": user.name,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "jti": uuid4().hex,
        }
        header = {"alg": ALGORITHM, "typ": "svc+jwt"}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])


class IdentityVerifier:
    """Checks tokens meant for one service."""

    def __init__(self, public_key: Path, *, audience: str) -> None:
        self._key = OKPKey.import_key(public_key.read_bytes())
        self._claims = jwt.JWTClaimsRegistry(
            leeway=int(CLOCK_SKEW.total_seconds()),
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )

    def user(self, token: str) -> User:
        """Raises: Unauthenticated for whatever is wrong with the token."""
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            self._claims.validate(decoded.claims)
            if decoded.header.get("typ") != "svc+jwt":
                raise Unauthenticated
            return User(id=UUID(decoded.claims["sub"]), name=str(decoded.claims["name"]))
        except (JoseError, KeyError, ValueError) as error:
            raise Unauthenticated from error


def create_identity_keys(folder: Path) -> tuple[Path, Path]:
    """The gateway's pair in the folder; made when there is none yet.

    Returns: the paths of the private and the public key.
    """
    return create_key_pair(folder, "identity")
