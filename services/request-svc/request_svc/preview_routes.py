"""Previews of files, for who may read them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from request_svc import queries
from request_svc.desk import desk_of
from request_svc.errors import NoPreview
from request_svc.models import File
from shared.service import Runtime
from shared.web import CurrentRuntime, CurrentUser

router = APIRouter()

Page = Annotated[int, Path(ge=1, le=100_000)]
WIDTHS = (240, 800, 1600)  # pixels; few, so that pictures can be kept
Width = Annotated[int, Query(ge=1, le=WIDTHS[-1])]  # the next of these is drawn


class PreviewView(BaseModel):
    """`pages` is 0 for what can only be downloaded."""

    shown: bool
    pages: int


@router.get("/requests/{request_id}/files/{file_id}/preview")
async def show_preview(
    request_id: UUID, file_id: UUID, who: CurrentUser, runtime: CurrentRuntime
) -> PreviewView:
    """Whether the file can be shown as pictures, and how many. Word may take some seconds."""
    async with runtime.transaction() as tx:
        file = await queries.submitted_file(tx, request_id, file_id, for_=who)
    return await _preview(runtime, file)


@router.get("/drafts/{draft_id}/files/{file_id}/preview")
async def show_draft_preview(
    draft_id: UUID, file_id: UUID, who: CurrentUser, runtime: CurrentRuntime
) -> PreviewView:
    async with runtime.transaction() as tx:
        file = await queries.draft_file(tx, draft_id, file_id, of=who)
    return await _preview(runtime, file)


@router.get("/requests/{request_id}/files/{file_id}/preview/{page}", response_class=Response)
async def draw_preview(
    request_id: UUID,
    file_id: UUID,
    page: Page,
    who: CurrentUser,
    runtime: CurrentRuntime,
    *,
    width: Width = 800,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A page as PNG."""
    async with runtime.transaction() as tx:
        file = await queries.submitted_file(tx, request_id, file_id, for_=who)
    return await _picture(runtime, file, page, width, if_none_match)


@router.get("/drafts/{draft_id}/files/{file_id}/preview/{page}", response_class=Response)
async def draw_draft_preview(
    draft_id: UUID,
    file_id: UUID,
    page: Page,
    who: CurrentUser,
    runtime: CurrentRuntime,
    *,
    width: Width = 800,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    async with runtime.transaction() as tx:
        file = await queries.draft_file(tx, draft_id, file_id, of=who)
    return await _picture(runtime, file, page, width, if_none_match)


async def _preview(runtime: Runtime, file: File) -> PreviewView:
    try:
        shown = await desk_of(runtime).previews.shown(file)
    except NoPreview:
        return PreviewView(shown=False, pages=0)
    return PreviewView(shown=True, pages=shown.pages)


async def _picture(
    runtime: Runtime, file: File, page: int, width: int, seen: str | None
) -> Response:
    step = next(each for each in WIDTHS if each >= width)
    drawn = await desk_of(runtime).previews.picture(file, page=page, width=step)
    # A file never changes, and so neither does its picture.
    headers = {
        "ETag": f'"{drawn.made_sha256}"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    if seen == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(drawn.bytes)
    content = await runtime.files.open(drawn.made_sha256 or "")
    return StreamingResponse(content, media_type="image/png", headers=headers)
