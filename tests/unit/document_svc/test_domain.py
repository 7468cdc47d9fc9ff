"""The rules of sheets."""

import pytest
from document_svc.domain import approved_items, state_of, verification_code

from shared.contracts.document import SealedItem, VoidReason
from tests.unit.document_svc.examples import form

APPROVED = approved_items(form())


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


def test_a_void_sheets_state_says_why() -> None:
    states = [state_of(reason) for reason in (None, VoidReason.RETURNED, VoidReason.WITHDRAWN)]
    assert states == ["current", "void", "withdrawn"]
