"""notify-svc: whoever should know, knows; once, by the right channels."""

from pathlib import Path

from notify_svc import dispatcher, upkeep
from notify_svc.commands import COMMANDS
from notify_svc.handlers import HANDLERS
from notify_svc.measures import measure
from notify_svc.models import Base
from notify_svc.post_room import open_post_room
from notify_svc.routes import router
from notify_svc.settings import NotifySettings
from shared.service import Service

SERVICE = Service(
    name="notify",
    router=router,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=NotifySettings,
    handlers=HANDLERS,
    jobs=(*dispatcher.JOBS, *upkeep.JOBS),
    commands=COMMANDS,
    open=open_post_room,
    measure=measure,
)
