"""What document-svc is made of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from document_svc.converting import CONVERTING
from document_svc.handlers import HANDLERS
from document_svc.ledger_commands import COMMANDS
from document_svc.models import Authority, Base
from document_svc.national import described
from document_svc.national_signatures import NATIONAL
from document_svc.outside_lists import OutsideLists
from document_svc.retirement import DESTROYING
from document_svc.revocation import KEEP_CURRENT
from document_svc.routes import router
from document_svc.seal_room import SealRoom
from document_svc.seals import ONLY
from document_svc.settings import DocumentSettings
from document_svc.signer import Signer
from document_svc.typesetting import GIVE_BACK, template_in
from shared.inspection.conversion import Conversions
from shared.inspection.inspectors import Inspectors
from shared.inspection.reception import Reception
from shared.seal_order import SealOrderVerifier
from shared.service import Runtime, Service


@asynccontextmanager
async def _opened(runtime: Runtime) -> AsyncIterator[SealRoom]:
    """At the start, rather than at the first seal of the day.

    Raises: WrongPassphrase, KeysAway, HalfDescribed.
    """
    settings: DocumentSettings = runtime.settings
    national = described(settings.sm2_server_file, settings.sm2_secret_file)
    signer = Signer(settings.secret)
    inspectors = Inspectors(settings)
    try:
        async with runtime.transaction() as tx:
            kept = await tx.session.get(Authority, ONLY)
        if settings.secret.token is not None:
            await asyncio.to_thread(signer.start)
        if kept is not None:
            await asyncio.to_thread(signer.look, kept.credential)
        yield SealRoom(
            orders=SealOrderVerifier(settings.seal_order_public_key),
            template=template_in(settings.sheet_template),
            signer=signer,
            timestamps=settings.timestamps,
            outside=OutsideLists(seconds=settings.timestamp_seconds),
            national=national,
            inspectors=inspectors,
            reception=Reception(inspectors, runtime.files, limit=settings.file_limit_bytes),
            conversions=Conversions(settings, inspectors, runtime.files),
        )
    finally:
        signer.close()
        await inspectors.close()


SERVICE = Service(
    name="document",
    router=router,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=DocumentSettings,
    handlers=HANDLERS,
    jobs=(DESTROYING, KEEP_CURRENT, NATIONAL, CONVERTING, GIVE_BACK),
    commands=COMMANDS,
    open=_opened,
)
