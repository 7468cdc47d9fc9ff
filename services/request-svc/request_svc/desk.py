"""What the service keeps open while it runs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from request_svc.catalogue import Matter, load_matters
from shared.inspection.inspectors import Inspectors
from shared.inspection.reception import Reception
from shared.service import Runtime


@dataclass(frozen=True)
class Desk:
    matters: Mapping[str, Matter]
    reception: Reception


@asynccontextmanager
async def open_desk(runtime: Runtime) -> AsyncIterator[Desk]:
    settings = runtime.settings
    matters = load_matters(settings.matters_folder, runtime.organisation)
    inspectors = Inspectors(settings)
    try:
        yield Desk(matters, Reception(inspectors, runtime.files, limit=settings.file_limit_bytes))
    finally:
        await inspectors.close()


def desk_of(runtime: Runtime) -> Desk:
    desk: Desk = runtime.own
    return desk
