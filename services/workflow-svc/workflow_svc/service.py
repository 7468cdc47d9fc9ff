"""workflow-svc: who is who, how a request moves, who decided what."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shared.inspection.inspectors import Inspectors
from shared.inspection.reception import Reception
from shared.service import Runtime, Service
from workflow_svc.auditing import AUDIT_VERIFY
from workflow_svc.deadlines import DEADLINES
from workflow_svc.delegation_effects import DELEGATION_EFFECTS
from workflow_svc.flow_check import FLOW_CHECK
from workflow_svc.handlers import HANDLERS
from workflow_svc.importing import IMPORT_DIRECTORY, import_folder
from workflow_svc.models import Base
from workflow_svc.opened import Opened
from workflow_svc.people import holds
from workflow_svc.proving import AUDIT_PROOF
from workflow_svc.published import publish_all
from workflow_svc.reconsidering import RECONSIDERING
from workflow_svc.routes import router
from workflow_svc.seal_orders import issuer
from workflow_svc.settings import WorkflowSettings
from workflow_svc.witnessing import AUDIT_CHECKPOINT, WITNESSING
from workflow_svc.working_time import read_calendar


@asynccontextmanager
async def _opened(runtime: Runtime) -> AsyncIterator[Opened]:
    """The working calendar and the published flows, after the directory was brought up to date."""
    settings: WorkflowSettings = runtime.settings
    issuer(settings.seal_order_private_key)  # a missing key shows now, not at the first 同意
    if settings.directory_folder is not None:
        await import_folder(runtime, settings.directory_folder)
    calendar = read_calendar(settings.calendar_file, runtime.organisation.zone)
    async with runtime.transaction() as tx:
        known = await publish_all(tx)
    inspectors = Inspectors(settings)
    reception = Reception(inspectors, runtime.files, limit=settings.file_limit_bytes)
    try:
        yield Opened(calendar, reception, known)
    finally:
        await inspectors.close()


SERVICE = Service(
    name="workflow",
    router=router,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=WorkflowSettings,
    handlers=HANDLERS,
    jobs=(RECONSIDERING, DEADLINES, DELEGATION_EFFECTS, WITNESSING),
    commands=(IMPORT_DIRECTORY, AUDIT_VERIFY, AUDIT_CHECKPOINT, AUDIT_PROOF),
    offline=(FLOW_CHECK,),
    open=_opened,
    holds=holds,
)
