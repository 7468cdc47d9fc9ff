"""Why workflow-svc says no."""

from collections.abc import Sequence

from shared.errors import Conflict, FieldError, Forbidden, Invalid, TooMany, Unavailable
from workflow_svc.directory import Flaw


class TaskClosed(Conflict):
    """Details: state (of the task, as its reader sees it), request_status."""

    code = "task_closed"
    message = "这个任务已经结束，不能再处理"


class NotDecidable(Conflict):
    code = "not_decidable"
    message = "现场用印不需要处理意见，登记用印后自动办结"


class NotReturned(Conflict):
    """Details: request_status."""

    code = "not_returned"
    message = "只有退回的事项可以重新提交"


class NotWithdrawable(Conflict):
    """Details: request_status."""

    code = "not_withdrawable"
    message = "所有审批完成以后，或事项结束以后，不能再撤销"


class NotApproved(Conflict):
    """Details: request_status."""

    code = "not_approved"
    message = "审批还没有全部完成"


class NothingToUrge(Conflict):
    """Details: request_status, node."""

    code = "nothing_to_urge"
    message = "这个环节现在没有等待处理的人"


class UrgedTooSoon(Conflict):
    """Details: retry_after_seconds."""

    code = "urged_too_soon"
    message = "刚刚催办过，请过一会儿再催"


class OpinionRequired(Invalid):
    code = "opinion_required"
    message = "退回时，以及流程要求时，请填写意见"

    def __init__(self) -> None:
        error = FieldError(field="opinion", code="required", message=self.message)
        super().__init__(errors=(error,))


class NotCountersigners(Invalid):
    code = "not_countersigners"
    message = "请从可选的部门中选择会签部门"

    def __init__(self) -> None:
        error = FieldError(field="countersign_unit_ids", code="not_a_choice", message=self.message)
        super().__init__(errors=(error,))


class NotYourAttachments(Invalid):
    code = "not_your_attachments"
    message = "只能附上您为这个任务上传的附件，请刷新后重新选择"

    def __init__(self) -> None:
        error = FieldError(field="attachment_ids", code="not_yours", message=self.message)
        super().__init__(errors=(error,))


class TooManyAttachments(Conflict):
    """Details: limit."""

    code = "too_many_attachments"
    message = "这个任务的附件太多，请先删除不用的，或合并后再上传"


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"
    message = "同一个 Idempotency-Key 不能用于另一个操作"


class DirectoryIncomplete(Unavailable):
    """Details: unit_kind that no unit is of, or unit_code that no active unit has."""

    code = "directory_incomplete"
    message = "组织机构缺少审批需要的部门，请联系系统管理员"


class TooManyOpinions(Conflict):
    code = "too_many_opinions"
    message = "常用意见已满，请先删除不用的"


class OpinionKept(Conflict):
    code = "opinion_kept"
    message = "已有相同的常用意见"


class NotOneNode(Invalid):
    code = "not_one_node"
    message = "批量同意只能选择同一环节的任务，请按环节分别处理"

    def __init__(self) -> None:
        error = FieldError(field="task_ids", code="not_one_node", message=self.message)
        super().__init__(errors=(error,))


class NotYourTurn(Conflict):
    code = "not_your_turn"
    message = "前一位还没有处理，轮到您时会通知您"


class NotAllowedHere(Conflict):
    """Details: node."""

    code = "not_allowed_here"
    message = "这个环节的流程定义不允许这个操作"


class NotRunning(Conflict):
    """Details: request_status."""

    code = "not_running"
    message = "事项已经撤销或还没有开始，不能再进行这个操作"


class OnlyTheHolder(Conflict):
    code = "only_the_holder"
    message = "您是代理处理，只能同意或退回；更换处理人请由本人操作"


class NotEntitled(Invalid):
    code = "not_entitled"
    message = "选择的人员不能处理这个环节：须在岗，不是发起人，也没有处理过本轮的其他环节"


class NotAhead(Invalid):
    """Details: node."""

    code = "not_ahead"
    message = "只能为接下来的环节选择处理人"


class ChoiceRequired(Invalid):
    """Details: node, node_name."""

    code = "choice_required"
    message = "请先选择下一环节的处理人"


class TooManyCountersigners(Invalid):
    """Details: most."""

    code = "too_many_countersigners"
    message = "会签部门太多，一个事项最多由三十个部门会签"


class NoSuchPerson(Invalid):
    code = "no_such_person"
    message = "选择的人员不存在或已离职"


class AdministratorsOnly(Forbidden):
    code = "administrators_only"
    message = "只有系统管理员可以进行这个操作"


class LoginTaken(Conflict):
    code = "login_taken"
    message = "已有人使用这个登录名，请换一个，或修改原来的人员"


class CodeTaken(Conflict):
    code = "code_taken"
    message = "已有单位使用这个代码，请换一个，或修改原来的单位"


class LastAdministrator(Conflict):
    code = "last_administrator"
    message = "至少要保留一位系统管理员，请先指定另一位"


class OneOfAKind(Conflict):
    code = "one_of_a_kind"
    message = "督查室和校长法律顾问办公室各须有且只有一个"


class UnknownUnit(Invalid):
    code = "unknown_unit"
    message = "所选的单位不存在或已停用，请重新选择"

    def __init__(self) -> None:
        error = FieldError(field="posts", code="unknown_unit", message=self.message)
        super().__init__(errors=(error,))


class DirectoryUnreadable(Invalid):
    """Nothing was imported; each flaw is named by file, line and column."""

    code = "directory_unreadable"
    message = "文件内容有误，没有导入任何内容，请按提示更正"

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        errors = [
            FieldError(
                field=f"{flaw.file}:{flaw.line}:{flaw.column}", code=flaw.code, message=flaw.message
            )
            for flaw in flaws
        ]
        super().__init__(errors=errors)


class SealOfficeOnly(Forbidden):
    code = "seal_office_only"
    message = "只有督查室可以提出作废，由督查室的另一人或系统管理员确认"


class NotVoidable(Conflict):
    """Details: request_status."""

    code = "not_voidable"
    message = "只有审批全部完成的事项可以作废"


class VoidProposed(Conflict):
    code = "void_proposed"
    message = "已有人提出作废，请等待另一人确认"


class SecondPersonRequired(Conflict):
    code = "second_person_required"
    message = "作废须由另一人确认，不能确认自己提出的作废"


class SupervisorsOnly(Forbidden):
    code = "supervisors_only"
    message = "只有督查室和系统管理员可以安排督办"


class TooManyAhead(TooMany):
    code = "too_many_ahead"
    message = "您有太多还没有送达的事项，请稍后再撤销"


class NotYourPost(Invalid):
    code = "not_your_post"
    message = "您没有可以委托的岗位，或不担任所选的岗位"


class BadPeriod(Invalid):
    code = "bad_period"
    message = "委托的结束时间须晚于现在和开始时间，最长一年"


class DelegationOverlaps(Conflict):
    """Details: to_name, who stands in already."""

    code = "delegation_overlaps"
    message = "这段时间您已经委托了他人，请先撤销原来的委托"


class DelegateIsAway(Conflict):
    """Details: to_name, to whom they have delegated."""

    code = "delegate_is_away"
    message = "对方在这段时间也委托了他人，请另选代理人"


class YouStandIn(Conflict):
    """Details: for_name, for whom."""

    code = "you_stand_in"
    message = "您在这段时间正代理他人，不能再委托；请先由其撤销委托"


class UnreadableFlow(Invalid):
    """Details: faults."""

    code = "unreadable_flow"
    message = "流程定义不是有效的 TOML，或缺少 key、version、name、matter"


class VersionPublished(Conflict):
    code = "version_published"
    message = "这个版本已经发布，不能再改；请提高版本号"


class NotVerified(Conflict):
    code = "not_verified"
    message = "请先校验，没有错误才能发布"


class FaultyFlow(Conflict):
    """Details: faults."""

    code = "faulty_flow"
    message = "组织机构已经改变，流程定义不再成立，请更正后重新校验"


class LastFlow(Conflict):
    code = "last_flow"
    message = "这是唯一适用于所有申请的流程，停用后将无法受理；请先发布替代的流程"


class PeriodTooLong(Invalid):
    code = "period_too_long"
    message = "统计的时间从前到后，最长一年"

    def __init__(self) -> None:
        error = FieldError(field="until", code="period_too_long", message=self.message)
        super().__init__(errors=(error,))


class RecordNotLogged(Conflict):
    """The job that takes rows into the log runs every minute."""

    code = "record_not_logged"
    message = "最新的处理记录还没有记入日志，请一分钟后再试"


class RecordDiffersFromLog(Conflict):
    """Somebody changed the one or the other: `audit-verify` says what."""

    code = "record_differs_from_log"
    message = "处理记录与日志的检查点不符，请联系系统管理员核查"
