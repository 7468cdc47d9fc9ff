"""Published flows: definitions of the code's `flows/` folder, kept for good from their first start.

A version is immutable: the same version with another text refuses to start.
"""

from pathlib import Path

from sqlalchemy import select

from shared.database import insert
from shared.transaction import Transaction
from workflow_svc import verify
from workflow_svc.flow import Flow, digest
from workflow_svc.models import FlowDefinition

FOLDER = Path(__file__).parent / "flows"

Known = dict[tuple[str, int], Flow]


class FlowChanged(RuntimeError):
    """A published version was edited: give the changed definition a new version."""


async def publish(tx: Transaction, text: str) -> Flow:
    """Keeps a definition. Raises: BadFlow, FlowChanged."""
    flow = verify.parse(text)
    row = insert(tx.session, FlowDefinition).values(
        key=flow.key,
        version=flow.version,
        matter=flow.matter,
        body=text,
        sha256=digest(text),
        published_at=tx.now,
    )
    await tx.session.execute(row.on_conflict_do_nothing())
    kept = await tx.session.get_one(FlowDefinition, (flow.key, flow.version))
    if kept.sha256 != digest(text):
        message = f"flow {flow.key} version {flow.version} was published with another text"
        raise FlowChanged(f"{message}: raise its version")
    return flow


async def publish_all(tx: Transaction) -> Known:
    """Publishes what the code ships, and returns every flow that was ever published."""
    for path in sorted(FOLDER.glob("*.toml")):
        await publish(tx, path.read_text(encoding="utf-8"))
    rows = await tx.session.scalars(select(FlowDefinition))
    return {(row.key, row.version): verify.parse(row.body) for row in rows}


async def flow_of(tx: Transaction, key: str, version: int) -> Flow:
    """The flow that a request runs on; read once in a process, as it never changes."""
    known: Known = tx.runtime.own
    if (key, version) not in known:
        row = await tx.session.get_one(FlowDefinition, (key, version))
        known[key, version] = verify.parse(row.body)
    return known[key, version]


async def newest_flow(tx: Transaction, matter: str) -> Flow:
    """The flow that new requests of a matter run on. Raises: LookupError when it has none."""
    query = (
        select(FlowDefinition.key, FlowDefinition.version)
        .where(FlowDefinition.matter == matter)
        .order_by(FlowDefinition.version.desc())
        .limit(1)
    )
    row = (await tx.session.execute(query)).first()
    if row is None:
        raise LookupError(f"no flow for the matter {matter}")
    return await flow_of(tx, row.key, row.version)
