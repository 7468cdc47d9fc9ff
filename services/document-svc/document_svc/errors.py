"""What document-svc refuses, each by name."""

from shared.errors import Conflict, Forbidden, NotFound


class SheetNotReady(NotFound):
    code = "sheet_not_ready"
    message = "审批表还没有生成，请稍候"


class UnknownCode(NotFound):
    code = "unknown_code"
    message = "没有这个查验码对应的审批表，请核对后再试"


class NotSealKeeper(Forbidden):
    code = "not_seal_keeper"
    message = "只有督查室的印章管理人员可以登记现场用印"


class NotApproved(Conflict):
    code = "not_approved"
    message = "审批尚未全部完成，或审批表已经作废，不能登记用印"


class NotOverseer(Forbidden):
    code = "not_overseer"
    message = "只有督查室、系统管理员和审计员可以查看"


class NotAdministrator(Forbidden):
    code = "not_administrator"
    message = "只有系统管理员可以处理这项告警"


class CannotSealYet(Conflict):
    code = "cannot_seal_yet"
    message = "现在还不能盖章：审批表尚未生成，或该部门的印章尚不可用，请稍后再试"


class AlreadySettled(Conflict):
    code = "already_settled"
    message = "这项告警已经有人处理过了"
