"""查看修改: what differs between two submissions, field by field and file by file. Pure.

Rows of 用印材料 have no identity of their own across submissions. The same name is taken for the
same material, then a file in common, then the same place; what is left was added or removed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.request import Material, SealUseForm, StoredFile

Value = str | int | bool | None


class Change(StrEnum):
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"  # a file: the same content under another name


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`field` is a label's key, e.g. `materials.copies`; `row` is 序号, if removed the old one."""

    field: str
    row: int | None
    change: Change
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class FileChange:
    """Files are the same when their digest is."""

    field: str
    row: int | None
    change: Change
    old: StoredFile | None
    new: StoredFile | None


@dataclass(frozen=True, slots=True)
class Difference:
    fields: tuple[FieldChange, ...]
    files: tuple[FileChange, ...]


_FIELDS: tuple[tuple[str, Callable[[SealUseForm], Value]], ...] = (
    ("business_type", lambda form: form.business_type.value),
    ("unit", lambda form: form.unit.name),
    ("approving_department", lambda form: form.approving_department.name),
    ("applicant_name", lambda form: form.applicant_name),
    ("applicant_mobile", lambda form: form.applicant_mobile),
    ("handler_name", lambda form: form.handler_name),
    ("handler_mobile", lambda form: form.handler_mobile),
    ("power_of_attorney", lambda form: form.power_of_attorney),
    ("horizontal_contract", lambda form: form.horizontal_contract),
    ("seals.university.count", lambda form: form.seals.university.count),
    ("seals.university.place", lambda form: form.seals.university.place),
    ("seals.president.count", lambda form: form.seals.president.count),
    ("seals.president.place", lambda form: form.seals.president.place),
    ("seals.party_committee.count", lambda form: form.seals.party_committee.count),
    ("seals.party_committee.place", lambda form: form.seals.party_committee.place),
    ("legal_certificate.count", lambda form: form.legal_certificate.count),
    ("legal_certificate.purpose", lambda form: form.legal_certificate.purpose),
    ("legal_id_copy.count", lambda form: form.legal_id_copy.count),
    ("legal_id_copy.purpose", lambda form: form.legal_id_copy.purpose),
)


def difference(old: SealUseForm, new: SealUseForm) -> Difference:
    """In the order of the form."""
    fields: list[FieldChange] = []
    files: list[FileChange] = []
    for field, value in _FIELDS:
        fields += _field(field, None, value(old), value(new))
    for before, after in _paired(old.materials, new.materials):
        had, has = _Row(before), _Row(after)
        row = has.row or had.row
        fields += _field("materials.name", row, had.name, has.name)
        fields += _field("materials.copies", row, had.copies, has.copies)
        files += _files("materials.files", row, had.files, has.files)
    files += _files("contract_files", None, old.contract_files, new.contract_files)
    return Difference(tuple(fields), tuple(files))


class _Row:
    """A row of materials, or what stands where there is none."""

    def __init__(self, material: Material | None) -> None:
        self.row = material.row if material else None
        self.name = material.name if material else None
        self.copies = material.copies if material else None
        self.files = material.files if material else ()


def _field(field: str, row: int | None, old: Value, new: Value) -> Iterator[FieldChange]:
    if old == new:
        return
    change = Change.ADDED if old is None else Change.REMOVED if new is None else Change.CHANGED
    yield FieldChange(field, row, change, old, new)


Pair = tuple[Material | None, Material | None]


def _paired(old: Sequence[Material], new: Sequence[Material]) -> list[Pair]:
    """In the order of the new rows, then the removed ones."""
    left = list(old)
    partner: dict[int, Material] = {}
    for same in (_same_name, _shared_file, _same_place):
        for row in new:
            if row.row in partner:
                continue
            match = next((before for before in left if same(before, row)), None)
            if match is not None:
                partner[row.row] = match
                left.remove(match)
    pairs: list[Pair] = [(partner.get(row.row), row) for row in new]
    return pairs + [(row, None) for row in left]


def _same_name(old: Material, new: Material) -> bool:
    return old.name == new.name


def _shared_file(old: Material, new: Material) -> bool:
    return bool({file.sha256 for file in old.files} & {file.sha256 for file in new.files})


def _same_place(old: Material, new: Material) -> bool:
    return old.row == new.row


def _files(
    field: str, row: int | None, old: Sequence[StoredFile], new: Sequence[StoredFile]
) -> Iterator[FileChange]:
    left = list(old)
    for file in new:
        alike = [before for before in left if before.sha256 == file.sha256]
        if not alike:
            yield FileChange(field, row, Change.ADDED, None, file)
            continue
        before = next((one for one in alike if one.name == file.name), alike[0])
        left.remove(before)
        if before.name != file.name:
            yield FileChange(field, row, Change.RENAMED, before, file)
    for file in left:
        yield FileChange(field, row, Change.REMOVED, file, None)
