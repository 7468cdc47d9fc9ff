"""The composition: four services and the gateway, in one process, on one folder."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from allinone.folder import DataFolder
from allinone.services import BACKEND
from gateway.service import in_front_of
from shared.identity import create_identity_keys
from shared.messaging import outbox
from shared.run import application
from shared.seal_order import create_order_keys
from shared.service import Runtime, Service, at_work, prepared, taking_events
from shared.settings import ServiceSettings

ROOT = Path(__file__).resolve().parent.parent
DEMONSTRATION = ROOT / "deploy" / "demonstration"
PASSWORD = "sealflow-demo"  # noqa: S105 - of the demonstration's invented people, shown to everyone

LOOK_AGAIN_SECONDS = 0.05


@asynccontextmanager
async def hall(folder: DataFolder, url: str) -> AsyncIterator[tuple[ASGIApp, Runtime]]:
    """Everything at work: what a browser talks to at `url`, and the gateway behind it."""
    create_identity_keys(folder.keys)
    create_order_keys(folder.keys)
    async with AsyncExitStack() as stack:
        runtimes = []
        for service in BACKEND:
            settings = _settings(service, folder, url)
            runtimes.append(await stack.enter_async_context(prepared(service, settings)))
        gateway = in_front_of({runtime.service.name: application(runtime) for runtime in runtimes})
        settings = _settings(gateway, folder, url)
        front = await stack.enter_async_context(prepared(gateway, settings))
        # All listen before the first one speaks.
        for runtime in (*runtimes, front):
            await stack.enter_async_context(taking_events(runtime))
        for runtime in (*runtimes, front):
            await stack.enter_async_context(at_work(runtime))
        for runtime in runtimes:
            await _heard(runtime)
        yield application(front), front


async def _heard(runtime: Runtime) -> None:
    """What the service said at its start has reached everyone: people can sign in."""
    while True:
        async with runtime.database.session() as session:
            if await outbox.all_sent(session):
                return
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


def _settings(service: Service, folder: DataFolder, url: str) -> ServiceSettings:
    return service.settings(
        database_url=f"sqlite+aiosqlite:///{folder.database(service.name)}",
        bus_url="local://hall",
        files_url=f"file://{folder.files}",
        organisation_file=DEMONSTRATION / "organisation.toml",
        portal_url=url,
        identity_public_key=folder.keys / "identity.pub.pem",
        **_own_settings(folder).get(service.name, {}),
    )


def _own_settings(folder: DataFolder) -> dict[str, dict[str, Any]]:
    """What each service is told beyond what all are."""
    return {
        "workflow": {
            "directory_folder": DEMONSTRATION,
            "seal_order_private_key": folder.keys / "seal-orders.pem",
        },
        "document": {
            "seal_passphrase_file": folder.secret_file("seal-passphrase"),
            "seal_order_public_key": folder.keys / "seal-orders.pub.pem",
        },
        "notify": {"dev_inbox": True, "privacy_secrets": (folder.secret("notify-privacy"),)},
        "gateway": {
            "identity_private_key": folder.keys / "identity.pem",
            "portal_folder": ROOT / "portal" / "dist",
            "demonstration_password": PASSWORD,
        },
    }
