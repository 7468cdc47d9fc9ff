"""What sealing needs for as long as the service runs: `runtime.own`."""

from dataclasses import dataclass

from shared.seal_order import SealOrderVerifier
from shared.transaction import Transaction


@dataclass
class SealRoom:
    orders: SealOrderVerifier


def seal_room(tx: Transaction) -> SealRoom:
    room: SealRoom = tx.runtime.own
    return room
