"""《用印审批表》 while it is being filled in: anything may be missing, nothing is judged yet.

What a draft may hold is bounded only so that it can be kept; `completeness` judges it.
"""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

ROWS_LIMIT = 200
FILES_LIMIT = 50


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("含有不能保存的字符")
    return text


DraftText = Annotated[str, Field(max_length=4000), AfterValidator(_storable)]
DraftCount = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
DraftFiles = Annotated[list[UUID], Field(max_length=FILES_LIMIT)]


class DraftPart(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MaterialDraft(DraftPart):
    """A row of 用印材料. `row_id` is the portal's own, so that it finds its rows again."""

    row_id: Annotated[str, Field(max_length=64), AfterValidator(_storable)] = ""
    name: DraftText | None = None
    copies: DraftCount | None = None
    files: DraftFiles = []


class SealDraft(DraftPart):
    count: DraftCount | None = None
    place: DraftText | None = None


class SealsDraft(DraftPart):
    university: SealDraft = SealDraft()
    president: SealDraft = SealDraft()
    party_committee: SealDraft = SealDraft()


class CertificateDraft(DraftPart):
    count: DraftCount | None = None
    purpose: DraftText | None = None


class FormDraft(DraftPart):
    commitment: bool = False
    unit_id: UUID | None = None
    approving_department_id: UUID | None = None
    applicant_name: DraftText | None = None
    applicant_mobile: DraftText | None = None
    handler_name: DraftText | None = None
    handler_mobile: DraftText | None = None
    materials: Annotated[list[MaterialDraft], Field(max_length=ROWS_LIMIT)] = []
    power_of_attorney: bool | None = None
    horizontal_contract: bool | None = None
    contract_files: DraftFiles = []
    seals: SealsDraft = SealsDraft()
    legal_certificate: CertificateDraft = CertificateDraft()
    legal_id_copy: CertificateDraft = CertificateDraft()
