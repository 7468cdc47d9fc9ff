"""What tests stand on: private servers, fresh databases, the demonstration organisation."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from demo.product import product_of_our_own
from deploy.native.servers import Servers
from deploy.native.services import Services
from deploy.stack import Stack
from shared.database import new_id

ROOT = Path(__file__).resolve().parent.parent
DRAWN_ANEW = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def pytest_make_parametrize_id(val: object) -> str | None:
    """An id that is another one in each process would make another test of it in each."""
    if isinstance(val, str) and DRAWN_ANEW.search(val):
        return DRAWN_ANEW.sub("id", val)
    return None


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL and RabbitMQ of this run alone, on free ports, stopped at its end."""
    with Stack(tmp_path_factory.mktemp("servers")).servers() as servers:
        yield servers


@pytest.fixture(scope="session")
def organisation_file() -> Path:
    return ROOT / "deploy" / "demonstration" / "organisation.toml"


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty database; each test that takes it runs on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'service.db'}"
        return
    async with fresh_database(request.getfixturevalue("servers")) as url:
        yield url


@asynccontextmanager
async def fresh_database(servers: Servers) -> AsyncIterator[str]:
    """An empty PostgreSQL database, gone at the end. Yields: its SQLAlchemy URL."""
    administrator = servers.administrator_database_url.replace("+asyncpg", "")
    name = f"test_{new_id().hex}"
    await _execute(administrator, f'CREATE DATABASE "{name}"')
    url = f"{administrator.rsplit('/', 1)[0]}/{name}"
    yield url.replace("postgresql://", "postgresql+asyncpg://")
    await _execute(administrator, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@dataclass(frozen=True)
class Product:
    """The whole product, started for the run; `url` is where a browser would go.

    `folder`: what it keeps, a database a service, for tests of what somebody does to it.
    """

    url: str
    folder: Path | None = None


@pytest.fixture(scope="session")
def one_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """What `make run` starts, on an empty folder."""
    folder = tmp_path_factory.mktemp("product") / "data"
    with product_of_our_own(folder) as url:
        yield Product(url, folder)


@pytest.fixture(scope="session")
def separate_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Each service a process of its own, over PostgreSQL and RabbitMQ."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    with stack.servers() as servers, stack.services(servers) as services:
        yield services
