"""The sheet of a draft, before anything is submitted or sealed."""

import asyncio
from base64 import b64encode
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from document_svc.models import Seal
from document_svc.preview import Draft, pictures, preview
from document_svc.seal_room import seal_room
from shared.contracts.people import Person
from shared.identity import User
from shared.transaction import Transaction
from shared.web import CurrentUser, Tx

router = APIRouter()


class PreviewPages(BaseModel):
    pages: list[str] = Field(description="PNG in base64, in their order")


@router.post("/sheet-previews", response_class=Response)
async def preview_sheet(draft: Annotated[Draft, Body()], who: CurrentUser, tx: Tx) -> Response:
    """A draft as its sheet would look: a PDF with 预览 on every page. Nothing is stored.

    Takes what request-svc gives of a draft (`business_type`, `form`, `files`).
    """
    pdf = await asyncio.to_thread(preview, draft, **await _around(tx, draft, who))
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'inline; filename="preview.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.post("/sheet-previews/pages")
async def preview_pages(draft: Annotated[Draft, Body()], who: CurrentUser, tx: Tx) -> PreviewPages:
    """The same as pictures, for screens that show no PDF."""
    drawn = await asyncio.to_thread(pictures, draft, **await _around(tx, draft, who))
    return PreviewPages(pages=[b64encode(page).decode() for page in drawn])


async def _around(tx: Transaction, draft: Draft, who: User) -> dict[str, Any]:
    """What else a preview is made of."""
    asked = [draft.form.unit_id, draft.form.approving_department_id]
    found = await tx.session.execute(
        select(Seal.unit_id, Seal.name).where(Seal.unit_id.in_([one for one in asked if one]))
    )
    units: dict[UUID, str] = {row.unit_id: row.name for row in found}
    return {
        "by": Person(id=who.id, name=who.name),
        "at": tx.now,
        "units": units,
        "organisation": tx.runtime.organisation,
        "template": seal_room(tx).template,
    }
