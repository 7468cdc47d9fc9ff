"""How long a request's record is at some moment and how it ends, signed by workflow-svc (JWS).

Inclusion in the log shows that rows are genuine, not that they are all: without this, whoever
hands over a proof could leave out the last rows, 作废 for one.
"""

from collections.abc import Iterable
from uuid import UUID

from joserfc.jwk import OKPKey
from pydantic import AwareDatetime

from shared import signed_fact
from shared.contracts.event import Fact

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
    return signed_fact.signed(ending, TYPE, OKPKey.import_key(private_pem))


def read_ending(token: str, keys: Iterable[OKPKey]) -> Ending:
    """Raises: NotOurEnding."""
    try:
        return signed_fact.read(token, Ending, TYPE, keys, what="ending")
    except signed_fact.NotSigned as error:
        raise NotOurEnding(str(error)) from error
