"""What tests stand on: private servers, fresh databases, the demonstration organisation."""

import re
import shutil
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
from shared import migrations
from shared.database import Database, new_id
from shared.service import Service

ROOT = Path(__file__).resolve().parent.parent
# The whole product and the whole stack run on until the session ends: what needs them comes late.
# Last come short tests, so that both workers have something to do to the end.
LATE = ("browser", "contract", "faults", "journeys", "unit")
DRAWN_ANEW = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def pytest_make_parametrize_id(val: object) -> str | None:
    """An id that is another one in each process would make another test of it in each."""
    if isinstance(val, str) and DRAWN_ANEW.search(val):
        return DRAWN_ANEW.sub("id", val)
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        return LATE.index(folder) + 1 if folder in LATE else 0

    items.sort(key=place)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL and RabbitMQ of this run alone, on free ports, stopped at its end."""
    with Stack(tmp_path_factory.mktemp("servers")).servers(durable=False) as servers:
        yield servers


@pytest.fixture(scope="session")
def organisation_file() -> Path:
    return ROOT / "deploy" / "demonstration" / "organisation.toml"


class Migrated:
    """A database of each service's newest schema, to be copied: migrating is much slower."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: set[str] = set()

    async def sqlite(self, service: Service) -> Path:
        path = self._folder / f"{service.name}.db"
        if not path.exists():
            await _migrate(f"sqlite+aiosqlite:///{path}", service)
        return path

    async def postgresql(self, service: Service, servers: Servers) -> str:
        """Returns: its name."""
        name = f"template_{service.name}"
        if name not in self._made:
            await _execute(servers, f'CREATE DATABASE "{name}"')
            await _migrate(_url(servers, name), service)
            self._made.add(name)
        return name


@pytest.fixture(scope="session")
def schema_of() -> Service | None:
    """The service whose newest schema a `database_url` has from the start; None: it is empty."""
    return None


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    return Migrated(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    schema_of: Service | None,
    migrated: Migrated,
) -> AsyncIterator[str]:
    """A database of its own; each test that takes it runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "service.db"
        if schema_of is not None:
            shutil.copyfile(await migrated.sqlite(schema_of), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    servers = request.getfixturevalue("servers")
    template = await migrated.postgresql(schema_of, servers) if schema_of else "template1"
    async with fresh_database(servers, template) as url:
        yield url


@asynccontextmanager
async def fresh_database(servers: Servers, template: str = "template1") -> AsyncIterator[str]:
    """A PostgreSQL database, empty or a copy, gone at the end. Yields: its SQLAlchemy URL."""
    name = f"test_{new_id().hex}"
    await _execute(servers, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _url(servers, name)
    await _execute(servers, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _migrate(url: str, service: Service) -> None:
    database = Database(url)
    await migrations.upgrade(database, service.migrations)
    await database.close()


def _url(servers: Servers, database: str) -> str:
    return f"{servers.administrator_database_url.rsplit('/', 1)[0]}/{database}"


async def _execute(servers: Servers, statement: str) -> None:
    url = servers.administrator_database_url.replace("+asyncpg", "")
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
    with stack.servers(durable=False) as servers, stack.services(servers) as services:
        yield services
