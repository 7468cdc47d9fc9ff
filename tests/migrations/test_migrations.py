"""The schema that migrations make is the one the models mean, on both databases."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.schema import SchemaItem

from allinone.services import SERVICES
from shared import migrations, posts
from shared.database import Database
from shared.messaging import tables
from shared.service import Service


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_migrations_make_what_the_models_mean(service: Service, database_url: str) -> None:
    database = Database(database_url)
    try:
        await migrations.upgrade(database, service.migrations)
        async with database.migrating() as connection:
            assert await connection.run_sync(_differences, service.metadata) == []
    finally:
        await database.close()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_migrating_again_changes_nothing(service: Service, database_url: str) -> None:
    database = Database(database_url)
    try:
        await migrations.upgrade(database, service.migrations)
        await migrations.upgrade(database, service.migrations)
    finally:
        await database.close()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_migration_says_what_it_does(service: Service) -> None:
    for path in (Path(service.migrations) / "versions").glob("[!_]*.py"):
        assert path.read_text(encoding="utf-8").startswith('"""')


def _differences(connection: Connection, metadata: MetaData) -> list[object]:
    def belongs_here(item: SchemaItem, *_: object) -> bool:
        return item.info.get("only_on", connection.dialect.name) == connection.dialect.name

    options = {
        "compare_type": True,
        "compare_server_default": False,
        "include_object": belongs_here,
    }
    context = MigrationContext.configure(connection, opts=options)
    return compare_metadata(context, [metadata, tables.metadata, posts.metadata])
