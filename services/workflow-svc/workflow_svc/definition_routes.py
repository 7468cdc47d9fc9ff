"""Definitions of flows over HTTP: for administrators to write, for overseers to read."""

from fastapi import APIRouter

from shared.contracts.people import BusinessType
from shared.readers import require_overseer
from shared.web import CurrentUser, Tx
from workflow_svc import definitions
from workflow_svc.definitions import Definition
from workflow_svc.flow import BadFlow
from workflow_svc.flow_views import (
    DefinitionList,
    DefinitionListed,
    DefinitionView,
    FaultView,
    FlowView,
    TextBody,
    VerificationView,
)
from workflow_svc.verify import parse

router = APIRouter(prefix="/flow-definitions")


@router.get("")
async def list_definitions(user: CurrentUser, tx: Tx) -> DefinitionList:
    await require_overseer(tx, user)
    found = await definitions.everyone(tx)
    return DefinitionList(items=[DefinitionListed.model_validate(_listed(each)) for each in found])


@router.post("", status_code=201)
async def save_definition(body: TextBody, user: CurrentUser, tx: Tx) -> DefinitionView:
    """A draft, new or anew by its key and version; it may still have faults."""
    await definitions.require_administrator(tx, user)
    return _shown(await definitions.save(tx, body.text, by=user))


@router.post("/verification")
async def verify_text(body: TextBody, user: CurrentUser, tx: Tx) -> VerificationView:
    """What is wrong with a text that is not kept."""
    await require_overseer(tx, user)
    faults, warnings = await definitions.examine(tx, body.text)
    try:
        flow = FlowView.of(parse(body.text))
    except BadFlow:
        flow = None
    return VerificationView(
        faults=[FaultView.of(fault) for fault in faults],
        warnings=[FaultView.of(fault) for fault in warnings],
        flow=flow,
    )


@router.get("/{key}/{version}")
async def read_definition(key: str, version: int, user: CurrentUser, tx: Tx) -> DefinitionView:
    await require_overseer(tx, user)
    return _shown(await definitions.one(tx, key, version))


@router.post("/{key}/{version}/verification")
async def verify_definition(key: str, version: int, user: CurrentUser, tx: Tx) -> VerificationView:
    """Marks the draft as verified when nothing is wrong with it."""
    await definitions.require_administrator(tx, user)
    kept, faults, warnings = await definitions.verify_draft(tx, key, version)
    return VerificationView(
        faults=[FaultView.of(fault) for fault in faults],
        warnings=[FaultView.of(fault) for fault in warnings],
        flow=None if kept.flow is None else FlowView.of(kept.flow),
    )


@router.post("/{key}/{version}/publication", status_code=201)
async def publish_definition(key: str, version: int, user: CurrentUser, tx: Tx) -> DefinitionView:
    """For good: new requests run on it from now on, where it is the most specific."""
    await definitions.require_administrator(tx, user)
    return _shown(await definitions.publish(tx, key, version, by=user))


@router.post("/{key}/{version}/retirement", status_code=201)
async def retire_definition(key: str, version: int, user: CurrentUser, tx: Tx) -> DefinitionView:
    """No new request starts on it; those that did stay on it."""
    await definitions.require_administrator(tx, user)
    return _shown(await definitions.retire(tx, key, version))


@router.delete("/{key}/{version}", status_code=204)
async def discard_definition(key: str, version: int, user: CurrentUser, tx: Tx) -> None:
    """A draft; what is published stays."""
    await definitions.require_administrator(tx, user)
    await definitions.discard(tx, key, version)


def _listed(each: Definition) -> dict[str, object]:
    types: list[BusinessType] = [] if each.flow is None else list(each.flow.business_types)
    return {
        "key": each.key,
        "version": each.version,
        "name": each.name,
        "matter": each.matter,
        "state": each.state,
        "business_types": types,
        "units": [] if each.flow is None else list(each.flow.units),
        "by": each.by,
        "at": each.at,
        "retired_at": each.retired_at,
    }


def _shown(each: Definition) -> DefinitionView:
    return DefinitionView.model_validate(
        _listed(each)
        | {
            "text": each.text,
            "flow": None if each.flow is None else FlowView.of(each.flow),
            "faults": [FaultView.of(fault) for fault in each.faults],
        }
    )
