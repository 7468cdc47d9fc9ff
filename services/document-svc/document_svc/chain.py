"""How the rows of the ledger are bound to each other: as those of a request's record are. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.record import chain
from shared.record.chain import BEFORE_THE_FIRST, canonical

__all__ = ["BEFORE_THE_FIRST", "canonical", "digest", "first_broken"]


def digest(content: Mapping[str, Any]) -> str:
    """The hash of a row: of everything in it but `hash` itself. Lower-case hex."""
    return chain.digest({name: value for name, value in content.items() if name != "hash"})


def first_broken(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """The place, from 1, at which the ledger stops being what was written; None when it is whole.

    `rows`: from the first one on, in the order of their `sequence`.
    """
    return chain.first_broken(rows, digest)
