from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from workflow_svc.service import SERVICE

from deploy.native.servers import Servers
from shared.seal_order import create_order_keys
from shared.service import Service
from shared.testing import Trial, on_trial
from tests.conftest import Migrated, fresh_database
from tests.service.workflow_svc.hall import PEOPLE, Hall, directory_folder


@pytest.fixture(scope="session")
def schema_of() -> Service:
    return SERVICE


@pytest.fixture
def people() -> str:
    """Who is in the directory."""
    return PEOPLE


@pytest.fixture
async def hall(
    tmp_path: Path, database_url: str, organisation_file: Path, people: str
) -> AsyncIterator[Hall]:
    """The service with a small directory imported, on both kinds of database."""
    async with on_trial(
        SERVICE,
        folder=tmp_path,
        database_url=database_url,
        organisation=organisation_file,
        directory_folder=directory_folder(tmp_path, people=people),
        seal_order_private_key=create_order_keys(tmp_path / "orders")[0],
    ) as trial:
        yield Hall(trial)


@pytest.fixture
async def contest(
    tmp_path: Path, servers: Servers, migrated: Migrated, organisation_file: Path
) -> AsyncIterator[Trial]:
    """The service on PostgreSQL, where commands run side by side."""
    async with (
        fresh_database(servers, await migrated.postgresql(SERVICE, servers)) as url,
        on_trial(
            SERVICE,
            folder=tmp_path,
            database_url=url,
            organisation=organisation_file,
            directory_folder=directory_folder(tmp_path),
            seal_order_private_key=create_order_keys(tmp_path)[0],
        ) as trial,
    ):
        yield trial
