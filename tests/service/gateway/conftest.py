"""Servers on free ports, in the test's own event loop; a gateway on trial."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest
import uvicorn

from gateway.service import SERVICE, in_front_of
from shared.contracts.directory import PersonChanged
from shared.service import Service
from shared.testing import Trial, eventually, on_trial

PASSWORD = "demonstration"
PEOPLE = UUID("6f0d7a52-9a52-4f0e-8d3b-0c1f2a3b4c5d")
ORIGIN = "http://hall.example.edu"

Listening = Callable[..., AbstractAsyncContextManager[str]]
Gateway = Callable[..., AbstractAsyncContextManager[Trial]]


@asynccontextmanager
async def _listening(app: Any) -> AsyncIterator[str]:
    """Serves `app`; yields its URL."""
    # With the protocol named, asyncio turns Nagle's delay off, as it does for a port of its own.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))

    async def started() -> bool:
        return server.started or serving.done()

    await eventually(started)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
def listening() -> Listening:
    return _listening


def person(login: str, *, name: str = "王芳", active: bool = True, **changes: Any) -> PersonChanged:
    """News of a person; the same login is the same person unless `person_id` says otherwise."""
    facts = {
        "person_id": uuid5(PEOPLE, login),
        "login": login,
        "name": name,
        "mobile": None,
        "email": None,
        "active": active,
        "posts": (),
        "changed_at": datetime.now(UTC),
    }
    return PersonChanged.model_validate(facts | changes)


@pytest.fixture(scope="session")
def schema_of() -> Service:
    return SERVICE


@pytest.fixture
def gateway(tmp_path: Path, database_url: str, organisation_file: Path) -> Gateway:
    """A gateway before the given apps, with an account for each login in `people`."""

    @asynccontextmanager
    async def opened(
        apps: dict[str, Any] | None = None,
        *,
        people: tuple[str, ...] = ("wangfang",),
        **settings: Any,
    ) -> AsyncIterator[Trial]:
        values = {
            "identity_private_key": tmp_path / "keys" / "identity.pem",
            "portal_folder": tmp_path / "dist",
            "demonstration_password": PASSWORD,
            **settings,
        }
        async with on_trial(
            in_front_of(apps or {}),
            folder=tmp_path,
            database_url=database_url,
            organisation=organisation_file,
            **values,
        ) as trial:
            await trial.deliver(*(person(login) for login in people))
            yield trial

    return opened


def browser(trial: Trial, *, address: str = "192.0.2.7", origin: str = ORIGIN) -> httpx.AsyncClient:
    """A browser on one of our own pages."""
    transport = httpx.ASGITransport(
        app=trial.app, raise_app_exceptions=False, client=(address, 4711)
    )
    headers = {"origin": origin}
    return httpx.AsyncClient(transport=transport, base_url=origin, headers=headers)


async def sign_in(
    client: httpx.AsyncClient, login: str = "wangfang", password: str = PASSWORD
) -> httpx.Response:
    return await client.post("/api/session", json={"login": login, "password": password})
