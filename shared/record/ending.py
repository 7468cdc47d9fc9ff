"""How long a request's record is at some moment and how it ends, signed by workflow-svc (JWS).

Inclusion in the log shows that rows are genuine, not that they are all: without this, whoever
hands over a proof could leave out the last rows, 作废 for one.
"""

from collections.abc import Iterable
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import AwareDatetime, ValidationError

from shared.contracts.event import Fact
from shared.key_pair import ALGORITHM

TYPE = "record-ending+jws"


class NotOurEnding(ValueError):
    """Not signed by workflow-svc, or not as it was signed."""


class Ending(Fact):
    """The record of a request had `length` rows, the last with the hash `head`, at `stated_at`."""

    request_id: UUID
    length: int
    head: str
    stated_at: AwareDatetime


def signed_ending(ending: Ending, private_pem: bytes) -> str:
    key = OKPKey.import_key(private_pem)
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.thumbprint()}
    body = ending.model_dump_json().encode()
    return jws.serialize_compact(header, body, key, algorithms=[ALGORITHM])


def read_ending(token: str, keys: Iterable[OKPKey]) -> Ending:
    """Raises: NotOurEnding."""
    for key in keys:
        try:
            signed = jws.deserialize_compact(token.encode(), key, algorithms=[ALGORITHM])
        except (JoseError, ValueError):
            continue
        if signed.protected.get("typ") != TYPE:
            break
        try:
            return Ending.model_validate_json(signed.payload or b"")
        except ValidationError as error:
            raise NotOurEnding("signed, but no ending") from error
    raise NotOurEnding("not signed by a key of workflow-svc")
