"""The rules of sheets. No IO. Those of the counter are in `counter_rules.py`."""

import base64
from enum import StrEnum

from shared.contracts.document import SealedItem, VoidReason
from shared.contracts.request import SealUseForm
from shared.contracts.workflow import OpinionPlace

AGREED = "同意。"  # what an 同意 without a word says
NUMBER_TAIL = 4
CODE_LENGTH = 26


class SheetState(StrEnum):
    """What counts of a sheet."""

    CURRENT = "current"
    VOID = "void"  # returned: 作废
    WITHDRAWN = "withdrawn"  # 已撤销; void as well


ITEMS = {
    SealedItem.UNIVERSITY: "校章",
    SealedItem.PRESIDENT: "校长章",
    SealedItem.PARTY_COMMITTEE: "党委章",
    SealedItem.LEGAL_CERTIFICATE: "法人证书",
    SealedItem.LEGAL_ID_COPY: "法人身份证复印件",
}


def state_of(void: VoidReason | None) -> SheetState:
    if void is None:
        return SheetState.CURRENT
    return SheetState.WITHDRAWN if void is VoidReason.WITHDRAWN else SheetState.VOID


def verification_code(random: bytes) -> str:
    """What the QR code carries: 128 bits in 26 letters and digits that are easy to type."""
    if len(random) != 16:
        raise ValueError("128 bits, no fewer: the code must not be guessed")
    return base64.b32encode(random).decode().rstrip("=").lower()


def asked_code(typed: str) -> str | None:
    """A verification code as it was typed or scanned; None for what cannot be one."""
    code = typed.strip().lower()
    return code if len(code) == CODE_LENGTH and code.isascii() and code.isalnum() else None


def signer_title(place: OpinionPlace) -> str:
    return "负责人" if place is OpinionPlace.APPLYING_UNIT else "审批人"


def shown_opinion(opinion: str) -> str:
    """An 同意 in the words that the sheet shows and its signature says."""
    return opinion.strip() or AGREED


def shown_number(number: str) -> str:
    return f"编号 {number}"


def approved_items(form: SealUseForm) -> dict[SealedItem, int]:
    """How many of each may be pressed or handed out once the request is approved."""
    return {
        SealedItem.UNIVERSITY: form.seals.university.count,
        SealedItem.PRESIDENT: form.seals.president.count,
        SealedItem.PARTY_COMMITTEE: form.seals.party_committee.count,
        SealedItem.LEGAL_CERTIFICATE: form.legal_certificate.count,
        SealedItem.LEGAL_ID_COPY: form.legal_id_copy.count,
    }
