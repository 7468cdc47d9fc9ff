"""The parts of a form, as far as it matters who approved them. Pure.

A node may say which parts its people approve; a correction that touches none of them need not be
approved by them again (flow.py, `after_return`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared.contracts.request import SealUseForm, StoredFile


def _files(files: tuple[StoredFile, ...]) -> list[tuple[str, str]]:
    """By name and content: uploading the same file again changes nothing."""
    return [(file.name, file.sha256) for file in files]


_PARTS: Mapping[str, Callable[[SealUseForm], Any]] = {
    "business_type": lambda form: form.business_type,
    "unit": lambda form: form.unit.id,
    "approving_department": lambda form: form.approving_department.id,
    "applicant": lambda form: (form.applicant_name, form.applicant_mobile),
    "handler": lambda form: (form.handler_name, form.handler_mobile),
    "materials": lambda form: [(m.name, m.copies, _files(m.files)) for m in form.materials],
    "power_of_attorney": lambda form: form.power_of_attorney,
    "contract": lambda form: (form.horizontal_contract, _files(form.contract_files)),
    "seals": lambda form: form.seals,
    "certificates": lambda form: (form.legal_certificate, form.legal_id_copy),
}
PARTS = frozenset(_PARTS)


def changed(before: SealUseForm, after: SealUseForm) -> frozenset[str]:
    """The parts that differ. The commitment is renewed at each submission and is no part."""
    return frozenset(name for name, of in _PARTS.items() if of(before) != of(after))
