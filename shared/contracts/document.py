"""Owned by document-svc: the sheet, its seals, and what was pressed on paper."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Fact
from shared.contracts.people import Person, Unit
from shared.contracts.workflow import OpinionPlace


class SheetReady(Event, topic="document.sheet_ready.v1"):
    """The sheet of a revision exists, without seals yet."""

    request_id: UUID
    revision: int
    sha256: str
    ready_at: AwareDatetime


class Sealed(Event, topic="document.sealed.v1"):
    """A department's seal and signature are on the sheet. `sha256` is the sheet's new digest.

    `place` is None for 督查室's, which certifies the official number.
    """

    request_id: UUID
    revision: int
    place: OpinionPlace | None
    unit: Unit
    signer: Person
    sha256: str
    sealed_at: AwareDatetime


class RefusalReason(StrEnum):
    """Why an order to seal was not obeyed."""

    NO_ORDER = "no_order"  # the decision carried none
    NOT_SIGNED = "not_signed"  # not by workflow-svc, or not as it signed it
    OTHER_DECISION = "other_decision"  # signed, but for something else than what came with it
    OTHER_SUBMISSION = "other_submission"  # signed for a form that is not the one on this sheet
    FOREIGN_UNIT = "foreign_unit"  # this department has no place there on this sheet
    PLACE_TAKEN = "place_taken"  # another decision has sealed there


class SealRefused(Event, topic="document.seal_refused.v1"):
    """An alarm: something asked for a seal that it has no right to. Nothing was sealed.

    `detail` says what did not fit, for whoever looks into it; nothing that people wrote.
    """

    request_id: UUID
    revision: int
    refusal_id: UUID
    reason: RefusalReason
    detail: str
    place: OpinionPlace | None
    unit: Unit
    claimed_by: Person  # who decided, if the decision is to be believed
    tracking_number: str
    refused_at: AwareDatetime


class VoidReason(StrEnum):
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"  # after the last approval, by 督查室


class Voided(Event, topic="document.voided.v1"):
    """The sheet of this revision, with every seal on it, counts no more: 作废."""

    request_id: UUID
    revision: int
    reason: VoidReason
    voided_at: AwareDatetime


class SealedItem(StrEnum):
    """What is pressed or handed out at the counter."""

    UNIVERSITY = "university"
    PRESIDENT = "president"
    PARTY_COMMITTEE = "party_committee"
    LEGAL_CERTIFICATE = "legal_certificate"
    LEGAL_ID_COPY = "legal_id_copy"


class SealUse(Fact):
    item: SealedItem
    count: int


class SealUseRecorded(Event, topic="document.seal_use_recorded.v1"):
    """现场用印: 督查室 registered what was pressed and handed out; never more than was approved.

    There may be several; `complete` says that this is the last one.
    """

    request_id: UUID
    revision: int
    entry_id: UUID
    uses: tuple[SealUse, ...]
    by: Person
    handler_name: str
    complete: bool
    recorded_at: AwareDatetime
