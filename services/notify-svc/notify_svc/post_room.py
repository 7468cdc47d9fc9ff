"""What notify-svc keeps open while it runs: its templates and its ways out."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notify_svc.channels import Sender
from notify_svc.channels.dev_inbox import DevInbox
from notify_svc.channels.mail import From, Mail, MailServer
from notify_svc.render import Templates
from notify_svc.settings import NotifySettings
from shared.contracts.notify import Channel
from shared.organisation import Organisation
from shared.service import Runtime
from shared.telemetry import logger

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class PostRoom:
    templates: Templates
    senders: Mapping[Channel, Sender]  # a channel that is absent is silent


@asynccontextmanager
async def open_post_room(runtime: Runtime) -> AsyncIterator[PostRoom]:
    """Raises: BadTemplate when any message could not be written."""
    senders = senders_for(runtime.settings, runtime.organisation)
    silent = sorted(set(Channel) - set(senders))
    if silent:
        log.warning("channels_silent", channels=silent, why="no provider and no dev inbox")
    yield PostRoom(Templates(runtime.organisation), senders)


def senders_for(settings: NotifySettings, organisation: Organisation) -> dict[Channel, Sender]:
    senders: dict[Channel, Sender] = {}
    if settings.dev_inbox:
        senders = dict.fromkeys(Channel, DevInbox())
    if settings.smtp_host:
        password = settings.smtp_password
        server = MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            starttls=settings.smtp_starttls,
            user=settings.smtp_user,
            password=password.get_secret_value() if password else None,
            timeout_seconds=settings.smtp_seconds,
        )
        sender = From(organisation.mail_from, organisation.mail_from_name, organisation.zone)
        senders[Channel.MAIL] = Mail(server, sender)
    return senders
