"""Runs one service as a process: `python -m x_svc [COMMAND ARGUMENTS…]`."""

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.loops.auto import auto_loop_factory

from shared import memory
from shared.messaging import dead_letters
from shared.service import Command, Runtime, Service, at_work, prepared, taking_events
from shared.settings import ServiceSettings
from shared.telemetry import configure_logging
from shared.web import build_app

GRACE_SECONDS = 20  # what a request in progress is given at shutdown
# How long an idle connection is kept: longer than whoever stands before a server keeps it (nginx:
# 60 s, aiohttp: 15 s), so that no POST is sent into one that is just being closed.
KEEP_ALIVE_SECONDS = 75


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Serves, or does one of the service's commands."""
    given = sys.argv[1:] if arguments is None else arguments
    for offline in service.offline:
        if given[:1] == [offline.name]:
            sys.exit(offline.run(given[1:]))
    memory.share_one_arena()
    settings = service.settings()  # from the environment
    configure_logging(settings.log_level)
    chosen = _parse(service, arguments)
    if chosen.command is None:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # uvloop where it runs
            runner.run(serve(service, settings))
    else:
        command: Command = chosen.command
        asyncio.run(_do(service, settings, command, chosen.arguments))


@asynccontextmanager
async def running(
    service: Service, settings: ServiceSettings
) -> AsyncIterator[tuple[Runtime, ASGIApp]]:
    """The service, working, and its ASGI application."""
    async with prepared(service, settings) as runtime, taking_events(runtime), at_work(runtime):
        yield runtime, application(runtime)


def application(runtime: Runtime) -> ASGIApp:
    app = build_app(runtime)
    return runtime.service.wrap(app, runtime) if runtime.service.wrap else app


async def serve(service: Service, settings: ServiceSettings) -> None:
    async with running(service, settings) as (runtime, app):
        await listen(app, settings.host, settings.port, stopping=runtime.stopping.set)


async def listen(
    app: Any,
    host: str,
    port: int,
    *,
    ready: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Serves until SIGINT or SIGTERM; requests in progress are finished.

    `ready` is called once, when the port takes connections; `stopping` when it takes no more:
    a response that would never end by itself has to end then.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,  # the gateway alone knows which proxies to believe
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    with _signals_end_only_the_server():
        await _Server(config, ready, stopping).serve()


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], stopping: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)


@contextmanager
def _signals_end_only_the_server() -> Iterator[None]:
    """uvicorn raises the signal that stopped it once more, which would end the process at once:
    relay, jobs and database are to be closed in their order first."""
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    for name in before:
        signal.signal(name, lambda _number, _frame: None)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


async def _migrate(_runtime: Runtime, _arguments: Sequence[str]) -> None:
    """Preparing a runtime has migrated already."""


def _parse(service: Service, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"{service.name}-svc")
    commands = parser.add_subparsers(title="commands")
    parser.set_defaults(command=None)
    builtin = (Command("migrate", "bring the database to the newest schema", _migrate),)
    for command in (*builtin, *dead_letters.COMMANDS, *service.commands):
        sub = commands.add_parser(command.name, help=command.help)
        sub.add_argument("arguments", nargs="*")
        sub.set_defaults(command=command)
    for offline in service.offline:  # shown in the help; done before anything is parsed
        commands.add_parser(offline.name, help=offline.help)
    return parser.parse_args(sys.argv[1:] if arguments is None else arguments)


async def _do(
    service: Service, settings: ServiceSettings, command: Command, arguments: Sequence[str]
) -> None:
    async with prepared(service, settings) as runtime:
        await command.run(runtime, arguments)
