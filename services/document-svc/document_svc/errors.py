"""What document-svc refuses, each by name."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


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


class NotAdministrator(Forbidden):
    code = "not_administrator"
    message = "只有系统管理员可以处理这项告警"


class CannotSealYet(Conflict):
    code = "cannot_seal_yet"
    message = "现在还不能盖章：审批表尚未生成，或该部门的印章尚不可用，请稍后再试"


class AlreadySettled(Conflict):
    code = "already_settled"
    message = "这项告警已经有人处理过了"


class NotSealOffice(Forbidden):
    code = "not_seal_office"
    message = "只有督查室的印章管理人员和系统管理员可以管理印章"


class UnknownSeal(NotFound):
    code = "unknown_seal"
    message = "印章登记簿里没有这个部门的印章"


class SealStateForbids(Conflict):
    """Details: `state`, the seal's."""

    code = "seal_state_forbids"
    message = "印章现在的状态不能这样处理，请刷新后查看"


class ProposalPending(Conflict):
    code = "proposal_pending"
    message = "这枚印章已有一项申请等待另一人确认，请先处理那一项"


class ProposalClosed(Conflict):
    """Details: `state`."""

    code = "proposal_closed"
    message = "这项申请已经处理过了"


class NotTheSamePerson(Forbidden):
    code = "not_the_same_person"
    message = "提出申请的人不能自己确认或驳回，请另一位管理人员处理"


class BadSealPicture(Invalid):
    """Details: `reason`: not_png, size, too_large, blank."""

    code = "bad_seal_picture"
    message = "请上传 PNG 格式的印模图片，边长 200 至 2000 像素，不超过 2 MB"


class SealKeysAway(Unavailable):
    """Details: `reason`: token_absent, wrong_pin, key_missing, signer_away."""

    code = "seal_keys_away"
    message = "现在无法使用印章密钥，请联系系统管理员检查密码设备；操作没有生效，请稍后再试"


class NothingToRelease(Conflict):
    code = "nothing_to_release"
    message = "这枚印章没有达到每小时的用印上限，不需要放行"
