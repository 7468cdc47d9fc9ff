"""Published flows: those of the code's `flows/` folder, kept from their first start, and those that
administrators published (`definitions.py`).

A version is immutable: the same version with another text refuses to start.
"""

from pathlib import Path

from sqlalchemy import bindparam, select

from shared.contracts.people import BusinessType
from shared.contracts.request import SealUseForm
from shared.database import insert
from shared.transaction import Transaction
from workflow_svc import verify
from workflow_svc.flow import Flow, digest
from workflow_svc.models import FlowDefinition, UnitRow
from workflow_svc.opened import opened

FOLDER = Path(__file__).parent / "flows"

_UNIT_CODE = select(UnitRow.code).where(UnitRow.id == bindparam("unit_id"))
_IN_USE = (
    select(FlowDefinition.key, FlowDefinition.version)
    .where(FlowDefinition.matter == bindparam("matter"), FlowDefinition.retired_at.is_(None))
    .order_by(FlowDefinition.published_at, FlowDefinition.key, FlowDefinition.version)
)

Known = dict[tuple[str, int], Flow]


class FlowChanged(RuntimeError):
    """A published version was edited: give the changed definition a new version."""


async def publish(tx: Transaction, text: str, *, by: str | None = None) -> Flow:
    """Keeps a definition for good. Raises: BadFlow, FlowChanged."""
    flow = verify.parse(text)
    row = insert(FlowDefinition).values(
        key=flow.key,
        version=flow.version,
        matter=flow.matter,
        body=text,
        sha256=digest(text),
        published_at=tx.now,
        published_by=by,
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
    return {(row.key, row.version): verify.kept(row.body) for row in rows}


async def flow_of(tx: Transaction, key: str, version: int) -> Flow:
    """The flow that a request runs on; read once in a process, as it never changes."""
    known = opened(tx).flows
    if (key, version) not in known:
        row = await tx.session.get_one(FlowDefinition, (key, version))
        known[key, version] = verify.kept(row.body)
    return known[key, version]


async def flow_for(tx: Transaction, matter: str, form: SealUseForm) -> Flow:
    """The flow that a new request runs on. Raises: LookupError when the matter has none."""
    code = await tx.session.scalar(_UNIT_CODE, {"unit_id": form.unit.id})
    return await most_specific(tx, matter, form.business_type, code)


async def most_specific(
    tx: Transaction, matter: str, business_type: BusinessType, unit_code: str | None
) -> Flow:
    """Of the newest published versions that are for such a request, the most specific: one that
    names the unit before one that does not, then one that names the business type; of equals the
    one published last.

    Raises: LookupError when the matter has none.
    """
    newest: dict[str, Flow] = {}
    for key, version in (await tx.session.execute(_IN_USE, {"matter": matter})).all():
        flow = await flow_of(tx, key, version)
        kept = newest.pop(key, flow)
        newest[key] = max(kept, flow, key=lambda each: each.version)
    fitting = [flow for flow in newest.values() if flow.is_for(business_type, unit_code)]
    if not fitting:
        raise LookupError(f"no flow for the matter {matter}")
    return max(reversed(fitting), key=lambda flow: (bool(flow.units), bool(flow.business_types)))
