"""Words that several owners' events share: who, where, which post."""

from enum import StrEnum
from uuid import UUID

from shared.contracts.event import Fact

PersonId = UUID
UnitId = UUID


class Person(Fact):
    """A person as an event names them: enough to show, nothing private."""

    id: PersonId
    name: str


class Unit(Fact):
    id: UnitId
    name: str


class Post(StrEnum):
    """A function that a person holds in a unit (domain.md, Who)."""

    STAFF = "staff"  # 教职工: may apply
    OFFICE_STAFF = "office_staff"  # 单位办公室工作人员
    HEAD = "head"  # 负责人
    REVIEWER = "reviewer"  # 审批人 of an approving, countersigning or counselling department
    SEAL_KEEPER = "seal_keeper"  # 督查室 staff: final check, on-site sealing
    ADMINISTRATOR = "administrator"  # 系统管理员
    AUDITOR = "auditor"  # 审计员: reads everything, changes nothing


class UnitKind(StrEnum):
    SCHOOL = "school"  # 院系
    DEPARTMENT = "department"  # 职能部门
    LEGAL_COUNSEL = "legal_counsel"  # 校长法律顾问办公室
    SEAL_OFFICE = "seal_office"  # 督查室
    OTHER = "other"  # 直属、附属单位


class BusinessType(StrEnum):
    RESEARCH = "research"  # 科研类
    EDUCATION = "education"  # 教育教学类
    FOREIGN_AFFAIRS = "foreign_affairs"  # 外事类
    GENERAL = "general"  # 综合类


BUSINESS_TYPE_NAMES = {
    BusinessType.RESEARCH: "科研类",
    BusinessType.EDUCATION: "教育教学类",
    BusinessType.FOREIGN_AFFAIRS: "外事类",
    BusinessType.GENERAL: "综合类",
}
