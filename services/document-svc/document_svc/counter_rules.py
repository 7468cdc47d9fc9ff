"""The rules of the counter: what may be registered of what was approved. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from document_svc.counter_errors import (
    DuplicateItem,
    MoreThanApproved,
    MoreThanUsed,
    NotAtTheCounter,
    NothingChanged,
    NothingRegistered,
    ReasonRequired,
    UnknownMaterial,
)
from document_svc.domain import ITEMS
from shared.contracts.document import SealedItem
from shared.contracts.request import SealUseForm
from shared.errors import FieldError, Refusal

CERTIFICATES = frozenset({SealedItem.LEGAL_CERTIFICATE, SealedItem.LEGAL_ID_COPY})
_COPY_LETTERS = {SealedItem.LEGAL_CERTIFICATE: "F", SealedItem.LEGAL_ID_COPY: "S"}


class EntryKind(StrEnum):
    """What an entry of the ledger tells."""

    USE = "use"  # 用印
    CORRECTION = "correction"  # 更正
    VOIDED = "voided"  # 作废
    RETURNED = "returned"  # 原件收回


# The entries whose lines together are what was used.
COUNTED = (EntryKind.USE, EntryKind.CORRECTION)

KIND_NAMES = {
    EntryKind.USE: "用印",
    EntryKind.CORRECTION: "更正",
    EntryKind.VOIDED: "作废",
    EntryKind.RETURNED: "原件收回",
}


class Line(BaseModel):
    """`count` impressions of one seal on one material, or copies of one certificate handed out.

    `copies` are the numbers that the handed out copies are marked with, each with `purpose`.
    """

    model_config = ConfigDict(frozen=True)

    item: SealedItem
    count: int
    material_row: int | None = None
    material: str = ""
    purpose: str = ""
    copies: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[SealedItem, int | None]:
        return self.item, self.material_row


def known_lines(form: SealUseForm, lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with the names of their materials and the purposes that were applied for.

    Lines of nothing are left out. Raises: UnknownMaterial, DuplicateItem.
    """
    names = {material.row: material.name for material in form.materials}
    found: dict[tuple[SealedItem, int | None], Line] = {}
    for index, line in enumerate(lines):
        if line.material_row is not None and line.material_row not in names:
            raise UnknownMaterial(errors=[_at(index, "material_row", UnknownMaterial)])
        if line.place in found:
            raise DuplicateItem(errors=[_at(index, "item", DuplicateItem)])
        material = "" if line.material_row is None else names[line.material_row]
        purpose = line.purpose or purpose_of(form, line.item)
        found[line.place] = line.model_copy(update={"material": material, "purpose": purpose})
    return tuple(line for line in found.values() if line.count)


def purpose_of(form: SealUseForm, item: SealedItem) -> str:
    if item is SealedItem.LEGAL_CERTIFICATE:
        return form.legal_certificate.purpose
    return form.legal_id_copy.purpose if item is SealedItem.LEGAL_ID_COPY else ""


def place_of(form: SealUseForm, item: SealedItem) -> str:
    """用章位置 of a seal; empty for a certificate."""
    return "" if item in CERTIFICATES else str(getattr(form.seals, item.value).place)


def closes(
    approved: Mapping[SealedItem, int],
    used: Mapping[SealedItem, int],
    lines: Sequence[Line],
    *,
    asked: bool | None,
    reason: str,
) -> bool:
    """Whether this registration is the last one: as asked, or when everything has been used.

    Raises: MoreThanApproved naming each line; NothingRegistered; ReasonRequired when it closes with
    less than was approved.
    """
    together = Counter(used)
    over = []
    for index, line in enumerate(lines):
        together[line.item] += line.count
        if together[line.item] > approved.get(line.item, 0):
            over.append(_over(index, line.item, approved, used))
    if over:
        raise MoreThanApproved(errors=over)
    left = any(count > together[item] for item, count in approved.items())
    closing = not left if asked is None else asked
    if not lines and not closing:
        raise NothingRegistered
    if closing and left and not reason:
        raise ReasonRequired(errors=[_field("reason", ReasonRequired)])
    return closing


def who_came(*, handler_present: bool, came_instead: str, reason: str) -> None:
    """Raises: NotAtTheCounter unless somebody else is named, and why."""
    if handler_present:
        return
    missing = {"came_instead": came_instead, "reason": reason}
    errors = [_field(name, NotAtTheCounter) for name, given in missing.items() if not given]
    if errors:
        raise NotAtTheCounter(errors=errors)


def presses(lines: Sequence[Line]) -> bool:
    """Whether a seal is pressed at all, not only certificates handed out."""
    return any(line.item not in CERTIFICATES for line in lines)


def marked(number: str, lines: Sequence[Line], used: Mapping[SealedItem, int]) -> tuple[Line, ...]:
    """Each copy of a certificate gets a number of its own, counted on over the request's visits."""
    given: Counter[SealedItem] = Counter(used)
    result = []
    for line in lines:
        if line.item in CERTIFICATES and line.count > 0:
            first = given[line.item] + 1
            letter = _COPY_LETTERS[line.item]
            copies = tuple(f"{number}-{letter}{n:02d}" for n in range(first, first + line.count))
            result.append(line.model_copy(update={"copies": copies}))
            given[line.item] += line.count
        else:
            result.append(line)
    return tuple(result)


def corrected(effective: Sequence[Line], right: Sequence[Line]) -> tuple[Line, ...]:
    """What must be added to `effective` so that it is `right`; counts may be negative.

    Raises: NothingChanged.
    """
    known = {line.place: line for line in (*effective, *right)}
    before = Counter({line.place: line.count for line in effective})
    after = Counter({line.place: line.count for line in right})
    changes = tuple(
        line.model_copy(update={"count": after[place] - before[place], "copies": ()})
        for place, line in known.items()
        if after[place] != before[place]
    )
    if not changes:
        raise NothingChanged
    return changes


def summed(lines: Sequence[Line]) -> tuple[Line, ...]:
    """One line for each place: an entry and its corrections together."""
    counts: Counter[tuple[SealedItem, int | None]] = Counter()
    first: dict[tuple[SealedItem, int | None], Line] = {}
    for line in lines:
        counts[line.place] += line.count
        first.setdefault(line.place, line)
    return tuple(
        line.model_copy(update={"count": counts[place]})
        for place, line in first.items()
        if counts[place]
    )


def returned(
    used: Mapping[SealedItem, int], back: Mapping[SealedItem, int], lines: Sequence[Line],
    *, reason: str,
) -> None:  # fmt: skip
    """Originals that come back after 作废: never more than were given; the rest needs a reason.

    Raises: NothingRegistered, MoreThanUsed, ReasonRequired.
    """
    if not lines and not reason:
        raise NothingRegistered
    together = Counter(back)
    for index, line in enumerate(lines):
        together[line.item] += line.count
        if together[line.item] > used.get(line.item, 0):
            raise MoreThanUsed(errors=[_at(index, "count", MoreThanUsed)])
    if any(count > together[item] for item, count in used.items()) and not reason:
        raise ReasonRequired(errors=[_field("reason", ReasonRequired)])


def _over(
    index: int, item: SealedItem, approved: Mapping[SealedItem, int], used: Mapping[SealedItem, int]
) -> FieldError:
    granted, already = approved.get(item, 0), used.get(item, 0)
    message = f"{ITEMS[item]}只批准了 {granted} 个"
    if already:
        message += f"，此前已登记 {already} 个，还可用 {max(granted - already, 0)} 个"
    return FieldError(field=f"uses.{index}.count", code=MoreThanApproved.code, message=message)


def _at(index: int, name: str, refusal: type[Refusal]) -> FieldError:
    return _field(f"uses.{index}.{name}", refusal)


def _field(name: str, refusal: type[Refusal]) -> FieldError:
    return FieldError(field=name, code=refusal.code, message=refusal.message)
