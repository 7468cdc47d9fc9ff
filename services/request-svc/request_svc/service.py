"""request-svc, as everything outside it knows it."""

from pathlib import Path

from request_svc.desk import open_desk
from request_svc.handlers import HANDLERS
from request_svc.models import Base
from request_svc.routes import router
from request_svc.settings import RequestSettings
from shared.service import Service

SERVICE = Service(
    name="request",
    router=router,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=RequestSettings,
    handlers=HANDLERS,
    open=open_desk,
)
