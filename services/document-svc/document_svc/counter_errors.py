"""What is refused at the counter and of the ledger, each by name."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class SealingClosed(Conflict):
    code = "sealing_closed"
    message = "这份申请的现场用印已经登记完毕；如有差错，请办理更正"


class MoreThanApproved(Invalid):
    code = "more_than_approved"
    message = "登记的数量超过批准的数量"


class ReasonRequired(Invalid):
    code = "reason_required"
    message = "少于应有的数量时，请说明原因"


class NotAtTheCounter(Invalid):
    code = "handler_absent"
    message = "经办人未到场时，请登记代办人姓名和原因"


class DuplicateItem(Invalid):
    code = "duplicate_item"
    message = "同一份材料上的同一种印章，或同一种证件，请只登记一行"


class UnknownMaterial(Invalid):
    code = "unknown_material"
    message = "申请表中没有这一项用印材料，请核对序号"


class NothingRegistered(Invalid):
    code = "nothing_registered"
    message = "没有登记任何印章或证件"


class UnknownScan(Invalid):
    code = "unknown_scan"
    message = "找不到上传的照片或扫描件，请重新上传"


class TooManyScans(Conflict):
    """Details: `limit`."""

    code = "too_many_scans"
    message = "这份申请的照片和扫描件太多，请合并后再上传"


class KeyUsedForAnother(Invalid):
    code = "idempotency_key_reused"
    message = "这个提交标识已用于另一次登记，请刷新页面后再提交"


class NothingFound(NotFound):
    code = "nothing_found"
    message = "没有找到对应的申请，请核对受理号、编号或重新扫码"


class NothingChanged(Invalid):
    code = "nothing_changed"
    message = "更正后的内容与原登记相同"


class NotCorrectable(Conflict):
    code = "not_correctable"
    message = "只有用印登记可以更正"


class AlreadyCorrecting(Conflict):
    code = "already_correcting"
    message = "这条登记已有待确认的更正，请先处理"


class SecondPersonRequired(Forbidden):
    code = "second_person_required"
    message = "更正须由另一位用印管理人员确认"


class CorrectionDecided(Conflict):
    code = "correction_decided"
    message = "这项更正已经处理过"


class NotVoid(Conflict):
    code = "not_void"
    message = "这份申请没有作废，不需要登记收回原件"


class MoreThanUsed(Invalid):
    code = "more_than_used"
    message = "收回的数量超过登记用印的数量"


class NoCopies(NotFound):
    code = "no_copies"
    message = "这次登记没有发放证件复印件"


class NotOver(Conflict):
    code = "not_over"
    message = "这份申请还没有办结，办结后才能下载归档包"


class NotYoursToArchive(Forbidden):
    code = "not_yours_to_archive"
    message = "归档包只提供给发起人、督查室、审计员和系统管理员"


class NothingToPrint(NotFound):
    code = "nothing_to_print"
    message = "没有可以由系统打印的材料，请下载原文件后打印"


class PrintCopyNotReady(Unavailable):
    """Details: retry_after_seconds."""

    code = "print_copy_not_ready"
    message = "正在把 Word、Excel 材料转换为可打印的页面，请稍候再打印"
