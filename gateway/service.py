"""The gateway's manifest, and how it stands in front of the services."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from gateway import actions, commands
from gateway.accesslog import AccessLog
from gateway.front import Front
from gateway.handlers import HANDLERS
from gateway.headers import SecurityHeaders
from gateway.live import LISTENING, Live
from gateway.models import Base
from gateway.passwords import Passwords
from gateway.portal import Portal
from gateway.routes import router
from gateway.settings import GatewaySettings
from gateway.visitors import Visitors
from shared.service import Job, Runtime, Service


@dataclass(frozen=True)
class Open:
    """What the gateway keeps open while it runs."""

    passwords: Passwords
    upstreams: Mapping[str, ASGIApp]
    visitors: Visitors
    live: Live


@asynccontextmanager
async def _opened(runtime: Runtime, *, apps: Mapping[str, ASGIApp]) -> AsyncIterator[Open]:
    settings: GatewaySettings = runtime.settings
    passwords = await Passwords.open(settings.demonstration_password)
    async with AsyncExitStack() as stack:
        upstreams = dict(apps)
        if settings.upstreams:
            # One process has no need of an HTTP client, which takes long to import.
            from gateway.upstream import HttpUpstream, connections  # noqa: PLC0415

            client = await stack.enter_async_context(connections())
            for name, url in settings.upstreams.items():
                upstreams[name] = HttpUpstream(url, client)
        live = await stack.enter_async_context(Live(runtime).at_work())
        yield Open(passwords, upstreams, Visitors(), live)


def _wrapped(own: ASGIApp, runtime: Runtime) -> ASGIApp:
    settings: GatewaySettings = runtime.settings
    front = Front(
        own,
        runtime=runtime,
        settings=settings,
        upstreams=runtime.own.upstreams,
        visitors=runtime.own.visitors,
        portal=Portal(settings.portal_folder),
    )
    return AccessLog(SecurityHeaders(front, https=settings.https))


async def _clear(runtime: Runtime) -> None:
    async with runtime.transaction() as tx:
        await actions.clear_what_is_over(tx)


def in_front_of(apps: Mapping[str, ASGIApp]) -> Service:
    """The gateway whose upstreams are applications of its own process, by service name."""
    return replace(SERVICE, open=partial(_opened, apps=apps))


SERVICE = Service(
    name="gateway",
    router=router,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=GatewaySettings,
    handlers=HANDLERS,
    jobs=(Job("clear", _clear, every_seconds=600, alone=True),),
    commands=commands.COMMANDS,
    open=partial(_opened, apps={}),
    wrap=_wrapped,
    listening=LISTENING,
)
