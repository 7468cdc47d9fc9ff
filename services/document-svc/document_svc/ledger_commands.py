"""`python -m document_svc ledger-verify`: is the ledger still what was written?"""

import sys
from collections.abc import Sequence

from document_svc import ledger_queries
from shared.service import Command, Runtime

_PLACE = "SEQUENCE:HASH"


async def _verify(runtime: Runtime, arguments: Sequence[str]) -> None:
    kept = dict(_noted(argument) for argument in arguments)
    async with runtime.transaction() as tx:
        proof = await ledger_queries.verified(tx, kept=kept)
    if proof.broken_at is not None:
        sys.stdout.write(f"第 {proof.broken_at} 条起与写入时不一致（被改动、删除或调换）\n")
        raise SystemExit(1)
    sys.stdout.write(f"共 {proof.entries} 条，完整无改动\n{proof.entries}:{proof.head}\n")


def _noted(argument: str) -> tuple[int, str]:
    sequence, _, hash_ = argument.partition(":")
    if not sequence.isdecimal() or len(hash_) != 64:
        raise SystemExit(f"not {_PLACE}: {argument}")
    return int(sequence), hash_.lower()


COMMANDS = (
    Command(
        "ledger-verify",
        f"find the first entry of the ledger that was changed ({_PLACE}: noted earlier)",
        _verify,
    ),
)
