"""What the gateway does about events."""

from gateway import actions
from shared.contracts.directory import PersonChanged
from shared.messaging import on
from shared.posts import POST_HANDLERS
from shared.readers import READER_HANDLERS
from shared.transaction import Transaction


async def keep_account(event: PersonChanged, tx: Transaction) -> None:
    """In any order: what is older than what is known changes nothing."""
    await actions.keep_account(tx, event)


HANDLERS = (on(PersonChanged, keep_account), *POST_HANDLERS, *READER_HANDLERS)
