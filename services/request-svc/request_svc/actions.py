"""What people do to a request before and between its rounds of approval."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, func, select, update

from request_svc.catalogue import Matter, MatterKind
from request_svc.completeness import Surroundings, complete
from request_svc.desk import desk_of
from request_svc.directory import known_units
from request_svc.domain import EDITABLE, Status, title, tracking_number, year_of
from request_svc.errors import (
    AlreadySubmitted,
    DraftChangedElsewhere,
    IncompleteForm,
    KeyUsedForAnother,
    NotEditable,
    TooManyFiles,
    UnknownMatter,
)
from request_svc.form import FormDraft
from request_svc.models import (
    File,
    Request,
    Revision,
    SubmissionKey,
    TrackingCounter,
)
from request_svc.offering import require_open
from request_svc.queries import stored_files
from request_svc.views import DraftContent, SubmissionView
from shared import searching
from shared.contracts.people import BusinessType, Person
from shared.contracts.request import RequestSubmitted, SealUseForm
from shared.database import insert, new_id
from shared.errors import FieldError, Invalid, NotFound
from shared.identity import User
from shared.inspection.reception import Received
from shared.readers import admit
from shared.transaction import Transaction


async def start_draft(
    tx: Transaction, *, by: User, matter: str, business_type: BusinessType | None
) -> Request:
    """Raises: UnknownMatter, MatterClosed, Invalid."""
    found = desk_of(tx.runtime).matters.get(matter)
    if found is None or found.kind is not MatterKind.FLOW:
        raise UnknownMatter
    await require_open(tx, matter)
    _require_offered(found, business_type)
    request = Request(
        id=new_id(),
        matter=matter,
        initiator_id=by.id,
        initiator_name=by.name,
        status=Status.DRAFT,
        version=1,
        business_type=business_type,
        form=FormDraft().model_dump(mode="json"),
        saved_at=tx.now,
        revision=0,
        title=title(business_type, ()),
        waiting=[],
        urged=[],
        returned=None,
    )
    tx.session.add(request)
    await tx.session.flush()
    return request


async def save_draft(
    tx: Transaction, draft_id: UUID, *, by: User, version: int, content: DraftContent
) -> Request:
    """暂存. Raises: NotFound, NotEditable, DraftChangedElsewhere."""
    request = await _editable(tx, draft_id, by=by)
    _require_version(request, version)
    _require_offered(desk_of(tx.runtime).matters.get(request.matter), content.business_type)
    request.business_type = content.business_type
    request.form = content.form.model_dump(mode="json")
    request.saved_at = tx.now
    request.version += 1
    if not request.revision:
        names = [(row.name or "").strip() for row in content.form.materials]
        request.title = title(content.business_type, names)
    return request


async def discard_draft(tx: Transaction, draft_id: UUID, *, by: User) -> None:
    """Raises: NotFound; AlreadySubmitted once anybody else may have seen it."""
    request = await _own(tx, draft_id, by=by)
    if request.revision:
        raise AlreadySubmitted(request_status=request.status)
    await tx.session.execute(delete(File).where(File.request_id == draft_id))
    await tx.session.delete(request)


async def require_room_for_file(tx: Transaction, draft_id: UUID, *, by: User) -> None:
    """Raises: NotFound, NotEditable, TooManyFiles."""
    await _editable(tx, draft_id, by=by)
    limit = tx.runtime.settings.files_per_request
    mine = select(func.count()).select_from(File).where(File.request_id == draft_id)
    if (await tx.session.scalar(mine) or 0) >= limit:
        raise TooManyFiles(limit=limit)


async def attach_file(tx: Transaction, draft_id: UUID, *, by: User, received: Received) -> File:
    """Makes an uploaded file the draft's own; its form does not mention it yet."""
    await require_room_for_file(tx, draft_id, by=by)
    file = File(
        id=new_id(),
        request_id=draft_id,
        **asdict(received),
        uploaded_at=tx.now,
        submitted=False,
    )
    tx.session.add(file)
    await tx.session.flush()
    return file


async def submit(
    tx: Transaction, draft_id: UUID, *, by: User, version: int, key: str | None
) -> SubmissionView:
    """正式提交, the first time or after a return. The same `key` gets the first answer again.

    Of a matter that was closed meanwhile, what was submitted before may still be corrected.
    Raises: NotFound, NotEditable, DraftChangedElsewhere, MatterClosed, IncompleteForm,
    KeyUsedForAnother.
    """
    request = await _own(tx, draft_id, by=by)
    if key is not None and (answered := await _answered(tx, key, request, by=by)):
        return answered
    if request.status not in EDITABLE:
        raise NotEditable(request_status=request.status)
    _require_version(request, version)
    if not request.revision:
        await require_open(tx, request.matter)
    form = await _completed(tx, request, by=Person(id=by.id, name=by.name))
    await _freeze(tx, request, form)
    answer = SubmissionView(
        request_id=request.id,
        tracking_number=request.tracking_number or "",
        revision=request.revision,
    )
    if key is not None:
        await _remember(tx, key, request, by=by, answer=answer)
    return answer


async def _completed(tx: Transaction, request: Request, *, by: Person) -> SealUseForm:
    draft = FormDraft.model_validate(request.form)
    around = Surroundings(
        files=await stored_files(tx, request.id),
        units=await known_units(tx, draft.unit_id, draft.approving_department_id),
    )
    chosen = BusinessType(request.business_type) if request.business_type else None
    outcome = complete(draft, business_type=chosen, around=around, by=by, at=tx.now)
    if isinstance(outcome, SealUseForm):
        return outcome
    raise IncompleteForm(errors=outcome)


async def _freeze(tx: Transaction, request: Request, form: SealUseForm) -> None:
    """A new revision: what approvers will see, and the event that brings it to them."""
    if request.tracking_number is None or request.submitted_at is None:
        request.tracking_number = await _next_tracking_number(tx)
        request.submitted_at = tx.now
        await admit(tx, request.id, request.initiator_id)
    request.revision += 1
    request.status = Status.IN_PROGRESS
    request.submitted_type = form.business_type
    request.unit_id = form.unit.id
    request.title = title(form.business_type, [material.name for material in form.materials])
    request.waiting, request.urged, request.returned = [], [], None
    request.current_node = request.due_node = request.due_at = None
    await searching.keep(tx, request.id, form.names)
    tx.session.add(
        Revision(
            request_id=request.id,
            revision=request.revision,
            form=form.model_dump(mode="json"),
            submitted_at=tx.now,
        )
    )
    files = [file.id for material in form.materials for file in material.files]
    files += [file.id for file in form.contract_files]
    await tx.session.execute(update(File).where(File.id.in_(files)).values(submitted=True))
    tx.publish(
        RequestSubmitted(
            request_id=request.id,
            revision=request.revision,
            tracking_number=request.tracking_number,
            matter=request.matter,
            title=request.title,
            initiator=form.commitment.by,
            form=form,
            submitted_at=tx.now,
        )
    )


async def _next_tracking_number(tx: Transaction) -> str:
    """Gap-free: whoever comes next waits until this transaction is decided."""
    organisation = tx.runtime.organisation
    year = year_of(tx.now, organisation.zone)
    counted = (
        insert(TrackingCounter)
        .values(year=year, last=1)
        .on_conflict_do_update(
            index_elements=[TrackingCounter.year], set_={"last": TrackingCounter.last + 1}
        )
        .returning(TrackingCounter.last)
    )
    serial = await tx.session.scalar(counted)
    return tracking_number(organisation.tracking_prefix, year, serial or 0)


async def _answered(
    tx: Transaction, key: str, request: Request, *, by: User
) -> SubmissionView | None:
    known = await tx.session.get(SubmissionKey, (by.id, key))
    if known is None:
        return None
    if known.request_id != request.id:
        raise KeyUsedForAnother
    return SubmissionView.model_validate(known.answer)


async def _remember(
    tx: Transaction, key: str, request: Request, *, by: User, answer: SubmissionView
) -> None:
    row = insert(SubmissionKey).values(
        person_id=by.id,
        key=key,
        request_id=request.id,
        answer=answer.model_dump(mode="json"),
        made_at=tx.now,
    )
    kept = await tx.session.scalar(row.on_conflict_do_nothing().returning(SubmissionKey.key))
    if kept is None:  # taken between our look and now, so not for this request, which we hold
        raise KeyUsedForAnother


async def _own(tx: Transaction, request_id: UUID, *, by: User) -> Request:
    """The initiator's own, locked. Raises: NotFound, also for somebody else's."""
    request = await tx.session.get(Request, request_id, with_for_update=True)
    if request is None or request.initiator_id != by.id:
        raise NotFound
    return request


async def _editable(tx: Transaction, request_id: UUID, *, by: User) -> Request:
    request = await _own(tx, request_id, by=by)
    if request.status not in EDITABLE:
        raise NotEditable(request_status=request.status)
    return request


def _require_version(request: Request, version: int) -> None:
    if request.version != version:
        raise DraftChangedElsewhere(version=request.version)


def _require_offered(matter: Matter | None, business_type: BusinessType | None) -> None:
    if business_type is None or matter is None or business_type in matter.business_types:
        return
    message = "这个事项不办理所选的业务类型"
    raise Invalid(errors=[FieldError(field="business_type", code="not_offered", message=message)])
