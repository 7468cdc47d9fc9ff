"""The HTTP surface of request-svc."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from request_svc import (
    actions,
    catalogue_routes,
    directory,
    exporting,
    hall,
    preview_routes,
    queries,
    revisions,
)
from request_svc.desk import desk_of
from request_svc.filters import Narrowed
from request_svc.revisions import ChangesView, RevisionRows
from request_svc.views import (
    DepartmentRows,
    DraftContent,
    DraftRows,
    DraftView,
    FavouriteKeys,
    FileView,
    MatterRows,
    MatterView,
    NewDraft,
    RequestCounts,
    RequestRows,
    RequestView,
    RevisionView,
    SubmissionView,
    UnitRows,
)
from shared import operations
from shared.contracts.people import BusinessType
from shared.downloads import download
from shared.export import TABLE, Format
from shared.paging import Cursor, Limit
from shared.web import RAW_BODY, CurrentRuntime, CurrentUser, IdempotencyKey, SeenVersion, Tx

router = APIRouter()
router.include_router(catalogue_routes.router)
router.include_router(preview_routes.router)
router.include_router(operations.router)


Inline = Annotated[bool, Query()]
FileName = Annotated[str, Query(min_length=1, max_length=500)]


@router.get("/matters")
async def list_matters(who: CurrentUser, tx: Tx) -> MatterRows:
    return await hall.matters(tx, for_=who)


@router.get("/matters/{key}")
async def show_matter(key: str, _who: CurrentUser, tx: Tx) -> MatterView:
    return await hall.matter(tx, key)


@router.post("/matters/{key}/visits", status_code=204)
async def count_visit(key: str, who: CurrentUser, tx: Tx) -> None:
    await hall.count_visit(tx, key, by=who)


@router.put("/favourites", status_code=204)
async def choose_favourites(body: FavouriteKeys, who: CurrentUser, tx: Tx) -> None:
    await hall.choose_favourites(tx, by=who, keys=body.keys)


@router.get("/units")
async def list_units(who: CurrentUser, tx: Tx) -> UnitRows:
    return await directory.applying_units(tx, for_=who)


@router.get("/departments")
async def list_departments(
    business_type: BusinessType, _who: CurrentUser, tx: Tx
) -> DepartmentRows:
    return await directory.approving_departments(tx, business_type)


@router.post("/drafts", status_code=201)
async def start_draft(body: NewDraft, who: CurrentUser, tx: Tx, response: Response) -> DraftView:
    draft = await actions.start_draft(
        tx, by=who, matter=body.matter, business_type=body.business_type
    )
    return _tagged(await queries.draft_view(tx, draft), response)


@router.get("/drafts")
async def list_drafts(
    who: CurrentUser, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> DraftRows:
    return await queries.drafts(tx, of=who, limit=limit, cursor=cursor)


@router.get("/drafts/{draft_id}")
async def show_draft(draft_id: UUID, who: CurrentUser, tx: Tx, response: Response) -> DraftView:
    return _tagged(await queries.draft(tx, draft_id, of=who), response)


@router.put("/drafts/{draft_id}")
async def save_draft(
    draft_id: UUID,
    body: DraftContent,
    version: SeenVersion,
    *,
    who: CurrentUser,
    tx: Tx,
    response: Response,
) -> DraftView:
    draft = await actions.save_draft(tx, draft_id, by=who, version=version, content=body)
    return _tagged(await queries.draft_view(tx, draft), response)


@router.delete("/drafts/{draft_id}", status_code=204)
async def discard_draft(draft_id: UUID, who: CurrentUser, tx: Tx) -> None:
    await actions.discard_draft(tx, draft_id, by=who)


@router.post("/drafts/{draft_id}/files", status_code=201, openapi_extra=RAW_BODY)
async def upload_file(
    draft_id: UUID, name: FileName, request: Request, who: CurrentUser, runtime: CurrentRuntime
) -> FileView:
    """Two short transactions around the long upload, so that nobody waits for a slow sender."""
    async with runtime.transaction() as tx:
        await actions.require_room_for_file(tx, draft_id, by=who)
    received = await desk_of(runtime).reception.receive_body(request, name=name)
    async with runtime.transaction() as tx:
        file = await actions.attach_file(tx, draft_id, by=who, received=received)
    return queries.file_view(file)


@router.get("/drafts/{draft_id}/files/{file_id}", response_class=StreamingResponse)
async def download_draft_file(
    draft_id: UUID, file_id: UUID, who: CurrentUser, tx: Tx, inline: Inline = False
) -> StreamingResponse:
    file = await queries.draft_file(tx, draft_id, file_id, of=who)
    return await download(tx.runtime.files, file, inline=inline)


@router.post("/drafts/{draft_id}/submission", status_code=201)
async def submit(
    draft_id: UUID,
    version: SeenVersion,
    who: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> SubmissionView:
    return await actions.submit(tx, draft_id, by=who, version=version, key=idempotency_key)


@router.get("/requests")
async def list_requests(
    who: CurrentUser, tx: Tx, narrowed: Narrowed, limit: Limit = 20, cursor: Cursor = None
) -> RequestRows:
    return await queries.my_requests(tx, narrowed, of=who, limit=limit, cursor=cursor)


@router.get("/requests/counts")
async def count_requests(who: CurrentUser, tx: Tx) -> RequestCounts:
    return await queries.my_counts(tx, of=who)


@router.get("/requests/export", response_class=StreamingResponse, responses=TABLE)
async def export_requests(
    who: CurrentUser,
    runtime: CurrentRuntime,
    narrowed: Narrowed,
    format: Format = Format.XLSX,  # noqa: A002 - the name of the parameter
) -> StreamingResponse:
    """One's own requests as a table, at most 50 000 rows; it says so when there are more."""
    return await exporting.my_requests(runtime, format, narrowed, of=who)


@router.get("/requests/{request_id}")
async def show_request(request_id: UUID, who: CurrentUser, tx: Tx) -> RequestView:
    return await queries.request(tx, request_id, for_=who)


@router.get("/requests/{request_id}/revisions")
async def list_revisions(request_id: UUID, who: CurrentUser, tx: Tx) -> RevisionRows:
    return await revisions.listed(tx, request_id, for_=who)


@router.get("/requests/{request_id}/revisions/{number}/changes")
async def show_changes(
    request_id: UUID,
    number: Annotated[int, Path(ge=1)],
    who: CurrentUser,
    tx: Tx,
    since: Annotated[int | None, Query(ge=1)] = None,
) -> ChangesView:
    """查看修改: what is different from the revision `since`, by default the one before."""
    return await revisions.changes(tx, request_id, number, since, for_=who)


@router.get("/requests/{request_id}/revisions/{number}")
async def show_revision(request_id: UUID, number: int, who: CurrentUser, tx: Tx) -> RevisionView:
    return await queries.revision(tx, request_id, number, for_=who)


@router.get("/requests/{request_id}/files/{file_id}", response_class=StreamingResponse)
async def download_request_file(
    request_id: UUID, file_id: UUID, who: CurrentUser, tx: Tx, inline: Inline = False
) -> StreamingResponse:
    file = await queries.submitted_file(tx, request_id, file_id, for_=who)
    return await download(tx.runtime.files, file, inline=inline)


def _tagged(draft: DraftView, response: Response) -> DraftView:
    response.headers["ETag"] = f'"{draft.version}"'
    return draft
