"""The rules of sheets and of the ledger."""

import pytest
from document_svc.domain import approved_items, checked_uses, state_of, verification_code
from document_svc.errors import DuplicateItem, MoreThanApproved, ReasonRequired

from shared.contracts.document import SealedItem, SealUse, VoidReason
from tests.unit.document_svc.examples import form

APPROVED = approved_items(form())
ALL = tuple(SealUse(item=item, count=count) for item, count in APPROVED.items() if count)


def test_a_verification_code_has_128_bits() -> None:
    assert len({verification_code(bytes([n] * 16)) for n in range(256)}) == 256
    with pytest.raises(ValueError, match="128"):
        verification_code(b"short")


def test_a_verification_code_is_of_letters_and_digits() -> None:
    code = verification_code(bytes(range(16)))
    assert code.isascii()
    assert code.isalnum()
    assert code == code.lower()


def test_what_was_approved_comes_from_the_form() -> None:
    assert APPROVED == {
        SealedItem.UNIVERSITY: 2,
        SealedItem.PRESIDENT: 1,
        SealedItem.PARTY_COMMITTEE: 0,
        SealedItem.LEGAL_CERTIFICATE: 1,
        SealedItem.LEGAL_ID_COPY: 0,
    }


def test_exactly_what_was_approved_needs_no_reason() -> None:
    assert checked_uses(APPROVED, ALL, handler_present=True, reason="") == ALL


def test_more_than_approved_is_refused_with_the_row() -> None:
    uses = [SealUse(item=SealedItem.PRESIDENT, count=1), SealUse(item="university", count=3)]
    with pytest.raises(MoreThanApproved) as refused:
        checked_uses(APPROVED, uses, handler_present=True, reason="")
    assert [error.field for error in refused.value.errors] == ["uses.1.count"]


def test_fewer_than_approved_needs_a_reason() -> None:
    with pytest.raises(ReasonRequired):
        checked_uses(APPROVED, ALL[:1], handler_present=True, reason="")
    assert checked_uses(APPROVED, ALL[:1], handler_present=True, reason="少印一份") == ALL[:1]


def test_without_the_handler_a_reason_is_needed() -> None:
    with pytest.raises(ReasonRequired):
        checked_uses(APPROVED, ALL, handler_present=False, reason="")


def test_one_item_in_two_rows_is_refused() -> None:
    with pytest.raises(DuplicateItem):
        checked_uses(APPROVED, [ALL[0], ALL[0]], handler_present=True, reason="重复")


def test_a_void_sheets_state_says_why() -> None:
    states = [state_of(reason) for reason in (None, VoidReason.RETURNED, VoidReason.WITHDRAWN)]
    assert states == ["current", "void", "withdrawn"]
