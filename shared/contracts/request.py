"""Owned by request-svc: what an applicant asked for, frozen at each submission."""

from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Fact
from shared.contracts.people import BusinessType, Person, Unit


class StoredFile(Fact):
    """A file by reference. `sha256` is its key in the file store, lower-case hex."""

    id: UUID
    name: str
    sha256: str
    bytes: int
    media_type: str
    pages: int | None  # of a PDF; None where pages mean nothing


class Material(Fact):
    """One row of 用印材料."""

    row: int  # 序号, from 1
    name: str
    copies: int  # 份数
    files: tuple[StoredFile, ...]


class SealCount(Fact):
    """How many impressions of one seal, and where. `place` is empty only when `count` is 0."""

    count: int
    place: str


class Seals(Fact):
    university: SealCount  # 校章
    president: SealCount  # 校长章
    party_committee: SealCount  # 党委章


class Certificate(Fact):
    """Copies handed out. `purpose` is empty only when `count` is 0."""

    count: int
    purpose: str


class Commitment(Fact):
    """上网信息不涉密 …: who promised, and when."""

    by: Person
    at: AwareDatetime


class SealUseForm(Fact):
    """《用印审批表》 as submitted (domain.md, The request)."""

    business_type: BusinessType
    commitment: Commitment
    unit: Unit
    approving_department: Unit
    applicant_name: str
    applicant_mobile: str
    handler_name: str
    handler_mobile: str
    materials: tuple[Material, ...]
    power_of_attorney: bool  # 法人委托授权书
    horizontal_contract: bool  # 横向合同
    contract_files: tuple[StoredFile, ...]  # the contract and the counsel's reply
    seals: Seals
    legal_certificate: Certificate  # 法人证书
    legal_id_copy: Certificate  # 法人身份证复印件

    @property
    def names(self) -> frozenset[str]:
        """The names that people look for a request by: of its people and its materials."""
        people = {self.commitment.by.name, self.applicant_name, self.handler_name}
        return frozenset(people | {material.name for material in self.materials})


class RequestSubmitted(Event, topic="request.submitted.v1"):
    """A revision of a request was handed in; revision 1 starts it, later ones follow a return."""

    request_id: UUID
    revision: int
    tracking_number: str  # 受理号, given once, at revision 1
    matter: str
    title: str
    initiator: Person
    form: SealUseForm
    submitted_at: AwareDatetime
