"""document-svc in a process of its own that seals what it is handed, to be killed meanwhile."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from document_svc.service import SERVICE

from shared.messaging import Envelope
from shared.testing import Trial, eventually, on_trial
from tests.unit.document_svc.examples import PASSPHRASE

# Forked from a process that has imported everything and typeset nothing: there in a moment.
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """Where the service works, each time it is started."""

    folder: Path
    database_url: str
    organisation: Path
    order_key: Path

    def open(self):  # type: ignore[no-untyped-def]  # an async context manager of a Trial
        return on_trial(
            SERVICE,
            folder=self.folder,
            database_url=self.database_url,
            organisation=self.organisation,
            seal_passphrase=PASSPHRASE,
            seal_order_public_key=self.order_key,
        )


@contextmanager
def sealing(place: Place, events: Sequence[Envelope]) -> Iterator[tuple[BaseProcess, Connection]]:
    """The process, and the end of a pipe that says when it begins and when all is sealed."""
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_run, args=(place, list(events), theirs))
    process.start()
    theirs.close()
    try:
        if not ours.poll(PATIENCE_SECONDS):
            raise TimeoutError("the service did not start")
        ours.recv()
        yield process, ours
    finally:
        process.kill()
        process.join()
        ours.close()


def _run(place: Place, events: list[Envelope], told: Connection) -> None:
    asyncio.run(_seal(place, events, told))


async def _seal(place: Place, events: list[Envelope], told: Connection) -> None:
    async with place.open() as trial:
        told.send("begins")
        await trial.deliver(*events)
        await eventually(lambda: nothing_waits(trial), within=PATIENCE_SECONDS)
        told.send("done")


async def nothing_waits(trial: Trial) -> bool:
    await trial.sweep()
    return not await trial.waiting()
