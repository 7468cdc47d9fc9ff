"""The sheet of a draft, before anything is submitted or sealed."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Response
from sqlalchemy import select

from document_svc.models import Seal
from document_svc.preview import Draft, preview
from document_svc.seal_room import seal_room
from shared.contracts.people import Person
from shared.web import CurrentUser, Tx

router = APIRouter()


@router.post("/sheet-previews", response_class=Response)
async def preview_sheet(draft: Annotated[Draft, Body()], who: CurrentUser, tx: Tx) -> Response:
    """A draft as its sheet would look: a PDF with 预览 on every page. Nothing is stored.

    Takes what request-svc gives of a draft (`business_type`, `form`, `files`).
    """
    asked = [draft.form.unit_id, draft.form.approving_department_id]
    found = await tx.session.execute(
        select(Seal.unit_id, Seal.name).where(Seal.unit_id.in_([one for one in asked if one]))
    )
    units: dict[UUID, str] = {row.unit_id: row.name for row in found}
    pdf = await asyncio.to_thread(
        preview,
        draft,
        by=Person(id=who.id, name=who.name),
        at=tx.now,
        units=units,
        organisation=tx.runtime.organisation,
        template=seal_room(tx).template,
    )
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'inline; filename="preview.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)
