"""The HTTP side of 上传附件."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from shared.downloads import download
from shared.web import RAW_BODY, CurrentRuntime, CurrentUser, Tx
from workflow_svc import attachments
from workflow_svc.opened import reception_of
from workflow_svc.views import AttachmentsView, AttachmentView

router = APIRouter()


@router.post("/tasks/{task_id}/attachments", status_code=201, openapi_extra=RAW_BODY)
async def upload_attachment(
    task_id: UUID,
    name: Annotated[str, Query(min_length=1, max_length=500)],
    request: Request,
    user: CurrentUser,
    runtime: CurrentRuntime,
) -> AttachmentView:
    """A file for the decision of this task, which is to name it."""
    async with runtime.transaction() as tx:
        await attachments.require_room(tx, task_id, by=user)
    received = await reception_of(runtime).receive_body(request, name=name)
    async with runtime.transaction() as tx:
        row = await attachments.keep(tx, task_id, by=user, received=received)
    return AttachmentView.model_validate(row, from_attributes=True)


@router.get("/tasks/{task_id}/attachments")
async def read_attachments(task_id: UUID, user: CurrentUser, tx: Tx) -> AttachmentsView:
    rows = await attachments.mine(tx, task_id, by=user)
    return AttachmentsView.model_validate({"items": rows}, from_attributes=True)


@router.delete("/tasks/{task_id}/attachments/{attachment_id}", status_code=204)
async def remove_attachment(task_id: UUID, attachment_id: UUID, user: CurrentUser, tx: Tx) -> None:
    await attachments.remove(tx, task_id, attachment_id, by=user)


@router.get("/requests/{request_id}/attachments/{attachment_id}", response_class=StreamingResponse)
async def download_attachment(
    request_id: UUID, attachment_id: UUID, user: CurrentUser, tx: Tx, inline: bool = False
) -> StreamingResponse:
    found = await attachments.attachment(tx, request_id, attachment_id, for_=user)
    return await download(tx.runtime.files, found, inline=inline)
