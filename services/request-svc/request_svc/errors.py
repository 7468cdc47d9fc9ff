"""What this service refuses, by name."""

from shared.errors import Conflict, FieldError, Invalid, NotFound, Unsupported


class DraftChangedElsewhere(Conflict):
    """Details: `version`, the present one."""

    code = "draft_changed_elsewhere"
    message = "这份草稿已在别处修改，请重新打开后再保存"


class NotEditable(Conflict):
    """Details: `request_status`."""

    code = "not_editable"
    message = "这条事项已经提交，现在不能修改"


class AlreadySubmitted(Conflict):
    """Details: `request_status`."""

    code = "already_submitted"
    message = "提交过的事项不能删除，可以撤销"


class KeyUsedForAnother(Invalid):
    code = "idempotency_key_reused"
    message = "这个提交标识已用于另一条事项，请刷新页面后再提交"


class IncompleteForm(Invalid):
    code = "incomplete_form"
    message = "申请表尚未填写完整或填写有误，请按提示更正"


class UnknownMatter(NotFound):
    code = "unknown_matter"
    message = "没有这个事项"


class MatterClosed(Conflict):
    """Details: `notice`, the administrator's words."""

    code = "matter_closed"
    message = "这个事项暂停办理，现在不能提交新的申请"


class MatterChangedElsewhere(Conflict):
    """Details: `version`, the present one."""

    code = "matter_changed_elsewhere"
    message = "这个事项已被他人修改，请重新打开后再保存"


class TooManyFiles(Conflict):
    """Details: `limit`."""

    code = "too_many_files"
    message = "上传的文件太多，请合并后再上传"


class NoEarlierRevision(Invalid):
    code = "no_earlier_revision"
    message = "没有更早的提交可以比较"

    def __init__(self) -> None:
        wrong = FieldError(field="since", code="not_earlier", message=self.message)
        super().__init__(errors=(wrong,))


class NoPreview(Unsupported):
    code = "no_preview"
    message = "这个文件不能在线预览，请下载后查看"


class NoSuchPage(NotFound):
    """Details: `pages`."""

    code = "no_such_page"
    message = "文件没有这一页"
