"""Draws what deploy/compose.yaml keeps secret: `python3 deploy/draw_secrets.py [FOLDER]`.

One file a secret, in var/compose or the folder named; what is there already is kept, for data
belongs to it. The files can be read by the users of the containers, the folder only by its owner.
"""

import json
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from deploy.native.postgres import ADMINISTRATOR, create_databases  # noqa: E402
from deploy.native.rabbitmq import VIRTUAL_HOST, definitions  # noqa: E402
from deploy.native.rights import BROKER_RIGHTS, OWNERS, TOPOLOGY  # noqa: E402


def drawn() -> dict[str, str]:
    """File name → content."""
    database = {owner: secrets.token_hex(16) for owner in OWNERS}
    broker = {user: secrets.token_hex(16) for user in BROKER_RIGHTS}
    files = {
        "postgres_password": secrets.token_hex(16),
        "databases.sql": create_databases(database),
        "definitions.json": definitions(broker, BROKER_RIGHTS),
        "topology_bus_url": _bus_url(TOPOLOGY, broker),
        "document_seal_passphrase": secrets.token_hex(16),
        "notify_privacy_secrets": json.dumps([secrets.token_hex(32)]),
    }
    for owner, password in database.items():
        url = f"postgresql+asyncpg://{owner}:{password}@postgres/{owner}"
        files[f"{owner}_database_url"] = url
        files[f"{owner}_bus_url"] = _bus_url(owner, broker)
    return files


def _bus_url(user: str, passwords: dict[str, str]) -> str:
    return f"amqp://{user}:{passwords[user]}@rabbitmq/{VIRTUAL_HOST}"


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var" / "compose"
    if folder.exists() and any(folder.iterdir()):
        print(f"kept: {folder}")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, content in drawn().items():
        (folder / name).write_text(content)
        (folder / name).chmod(0o644)
    print(f"drawn: {folder} (the database's administrator is {ADMINISTRATOR})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
