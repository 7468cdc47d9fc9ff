"""What the service keeps open while it runs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from request_svc.catalogue import Matter, load_matters
from request_svc.previews import Previews
from shared.inspection.conversion import Conversions
from shared.inspection.inspectors import Inspectors
from shared.inspection.reception import Reception
from shared.service import Runtime


@dataclass(frozen=True)
class Desk:
    matters: Mapping[str, Matter]
    reception: Reception
    previews: Previews


@asynccontextmanager
async def open_desk(runtime: Runtime) -> AsyncIterator[Desk]:
    settings = runtime.settings
    matters = load_matters(settings.matters_folder, runtime.organisation)
    # Previews have inspectors of their own: whoever leafs through files holds up no upload.
    inspectors, drawing = Inspectors(settings), Inspectors(settings)
    try:
        yield Desk(
            matters,
            Reception(inspectors, runtime.files, limit=settings.file_limit_bytes),
            Previews(runtime, drawing, Conversions(settings, drawing, runtime.files)),
        )
    finally:
        await inspectors.close()
        await drawing.close()


def desk_of(runtime: Runtime) -> Desk:
    desk: Desk = runtime.own
    return desk
