"""What was submitted, time after time, and what changed between two times."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from sqlalchemy import select

from request_svc import queries
from request_svc.difference import Change, Difference, FieldChange, FileChange, difference
from request_svc.errors import NoEarlierRevision
from request_svc.models import Revision
from request_svc.views import FileView
from shared.contracts.request import StoredFile
from shared.errors import NotFound
from shared.identity import User
from shared.readers import require_reader
from shared.transaction import Transaction


class RevisionRow(BaseModel):
    revision: int
    submitted_at: AwareDatetime


class RevisionRows(BaseModel):
    items: list[RevisionRow]


class FieldChangeView(BaseModel):
    """`field` is a label's key, e.g. `materials.copies`; `row` is 序号 where it is of a row."""

    field: str
    row: int | None
    change: Change
    old: bool | int | str | None
    new: bool | int | str | None


class FileChangeView(BaseModel):
    """The same digest is the same file, whatever it is called."""

    field: str
    row: int | None
    change: Change
    old: FileView | None
    new: FileView | None


class ChangesView(BaseModel):
    since: int
    revision: int
    fields: list[FieldChangeView]
    files: list[FileChangeView]


async def listed(tx: Transaction, request_id: UUID, *, for_: User) -> RevisionRows:
    """The newest first. Raises: NotFound."""
    await require_reader(tx, request_id, for_)
    query = (
        select(Revision.revision, Revision.submitted_at)
        .where(Revision.request_id == request_id)
        .order_by(Revision.revision.desc())
    )
    rows = (await tx.session.execute(query)).all()
    if not rows:
        raise NotFound
    return RevisionRows(items=[RevisionRow(revision=row[0], submitted_at=row[1]) for row in rows])


async def changes(
    tx: Transaction, request_id: UUID, number: int, since: int | None, *, for_: User
) -> ChangesView:
    """Raises: NotFound, NoEarlierRevision when there is nothing before to compare with."""
    new = await queries.revision(tx, request_id, number, for_=for_)
    before = number - 1 if since is None else since
    if not 0 < before < number:
        raise NoEarlierRevision
    old = await queries.revision(tx, request_id, before, for_=for_)
    return _view(before, number, difference(old.form, new.form))


def _view(since: int, revision: int, found: Difference) -> ChangesView:
    return ChangesView(
        since=since,
        revision=revision,
        fields=[_field(change) for change in found.fields],
        files=[_file(change) for change in found.files],
    )


def _field(change: FieldChange) -> FieldChangeView:
    return FieldChangeView.model_validate(change, from_attributes=True)


def _file(change: FileChange) -> FileChangeView:
    return FileChangeView(
        field=change.field,
        row=change.row,
        change=change.change,
        old=_stored(change.old),
        new=_stored(change.new),
    )


def _stored(file: StoredFile | None) -> FileView | None:
    return None if file is None else FileView.model_validate(file.model_dump())
