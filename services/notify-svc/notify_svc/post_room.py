"""What notify-svc keeps open while it runs: its templates and its ways out."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row

from notify_svc import provider_templates
from notify_svc.activation import activate
from notify_svc.channels import Carrier, Equipment, mail, webhook, wechat, wecom
from notify_svc.channels.dev_inbox import DevInbox
from notify_svc.channels.inbox import Inbox
from notify_svc.channels.sms import aliyun, gateway, tencent
from notify_svc.domain import DEFAULT_CHANNELS, Kind
from notify_svc.privacy import Safe
from notify_svc.provider_templates import ProviderTemplates
from notify_svc.render import Templates, our_templates
from notify_svc.settings import NotifySettings
from shared.contracts.notify import Channel
from shared.service import Runtime
from shared.telemetry import logger

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class PostRoom:
    templates: Templates
    safe: Safe
    carriers: Mapping[Channel, Carrier]  # a channel that is absent is silent
    approved: ProviderTemplates = field(default_factory=dict)

    def offered(self, kind: Kind) -> list[Channel]:
        """The channels that are not silent and have a text for it."""
        return [one for one in self.templates.channels(kind) if one in self.carriers]

    def address_of(self, row: Row[Any]) -> str:
        """Where a delivery goes; empty in the portal's own inbox, which needs no address."""
        needed = row.address and row.channel != Channel.INBOX
        return self.safe.open(row.address) if needed else ""

    def by_provider(self, provider: str) -> Carrier | None:
        found = (one for one in self.carriers.values() if one.provider == provider)
        return next(found, None)


@asynccontextmanager
async def open_post_room(runtime: Runtime) -> AsyncIterator[PostRoom]:
    """Raises: BadTemplate when any message could not be written, DoesNotFit when its provider
    would refuse it."""
    settings: NotifySettings = runtime.settings
    safe = Safe([secret.get_secret_value() for secret in settings.privacy_secrets])
    async with AsyncExitStack() as stack:
        approved = provider_templates.load(settings.provider_templates)
        carriers = await _open(stack, settings, Equipment(runtime, safe), approved)
        wanted = {channel for channels in DEFAULT_CHANNELS.values() for channel in channels}
        silent = sorted(wanted - set(carriers))
        if silent:
            log.warning("channels_silent", channels=silent, why="no provider and no dev inbox")
        templates = our_templates(runtime.organisation)
        activate(templates, carriers, approved)
        yield PostRoom(templates, safe, carriers, approved)


async def _open(
    stack: AsyncExitStack,
    settings: NotifySettings,
    equipment: Equipment,
    approved: ProviderTemplates,
) -> dict[Channel, Carrier]:
    carriers: dict[Channel, Carrier] = {Channel.INBOX: Inbox()}
    if settings.dev_inbox:
        carriers |= {channel: DevInbox(channel) for channel in settings.dev_inbox_channels}
    # A line for each provider: its part of the settings, and how it is opened.
    configured: Sequence[tuple[Channel, Any, Any]] = (
        (Channel.MAIL, settings.mail, mail.opened),
        (Channel.WEBHOOK, settings.webhook, webhook.opened),
        (Channel.WECHAT, settings.wechat, wechat.opened),
        (Channel.WECOM, settings.wecom, wecom.opened),
        (Channel.SMS, settings.sms_gateway, gateway.opened),
        (Channel.SMS, settings.aliyun, aliyun.opened),
        (Channel.SMS, settings.tencent, tencent.opened),
    )
    for channel, own, opened in configured:
        if own is not None:
            mine = replace(equipment, templates=approved.get(channel, {}))
            carriers[channel] = await stack.enter_async_context(opened(own, mine))
    return carriers
