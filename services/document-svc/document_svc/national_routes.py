"""The SM2 signatures beside a request's seals, as the organisation's server gave them."""

import base64
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from document_svc.national_signatures import national_signatures_of
from shared.contracts.people import Unit
from shared.readers import require_reader
from shared.web import CurrentUser, Tx

router = APIRouter()


class NationalSignatureView(BaseModel):
    """`signature`, `certificate`: base64, as they came; nobody here has verified them."""

    revision: int
    unit: Unit
    sha256: str  # of the sheet's file as this seal left it; its 32 bytes are what was signed
    signature: str
    certificate: str | None
    server: str
    made_at: datetime


class NationalSignaturePage(BaseModel):
    items: list[NationalSignatureView]


@router.get("/requests/{request_id}/national-signatures")
async def read_national_signatures(
    request_id: UUID, who: CurrentUser, tx: Tx
) -> NationalSignaturePage:
    """国密签名: none where no server is configured, or it has not answered yet."""
    await require_reader(tx, request_id, who)
    found = await national_signatures_of(tx, request_id)
    return NationalSignaturePage(
        items=[
            NationalSignatureView(
                revision=seal.revision,
                unit=Unit(id=seal.unit_id, name=seal.unit_name),
                sha256=made.sha256,
                signature=base64.b64encode(made.value).decode(),
                certificate=base64.b64encode(made.certificate).decode()
                if made.certificate
                else None,
                server=made.server,
                made_at=made.made_at,
            )
            for seal, made in found
        ]
    )
