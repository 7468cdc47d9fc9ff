"""What proves a request's record to whoever has workflow-svc's public key."""

from uuid import UUID

from fastapi import APIRouter, Response

from shared.downloads import disposition
from shared.record.proof import RecordProof
from shared.web import CurrentUser, Tx
from workflow_svc import proving, queries
from workflow_svc.opened import opened

router = APIRouter()


@router.get("/requests/{request_id}/record-proof")
async def download_record_proof(
    request_id: UUID, user: CurrentUser, tx: Tx, response: Response
) -> RecordProof:
    """All rows, their places in the organisation's log, and its newest signed checkpoint.

    For `verify-sheet --record`; whoever may read the record may have its proof.
    """
    await queries.require_reader(tx, request_id, user.id)
    proof = await proving.proof_of(tx, request_id, opened(tx).log)
    name = f"处理记录证明_{request_id}.json"
    response.headers["Content-Disposition"] = disposition(name, inline=False)
    response.headers["Cache-Control"] = "private, no-store"
    return proof
