"""What this service refuses, by name."""

from shared.errors import Conflict, Invalid, NotFound, Unsupported


class DraftChangedElsewhere(Conflict):
    """Details: `version`, the present one."""

    code = "draft_changed_elsewhere"
    message = "这份草稿已在别处修改，请重新打开后再保存"


class NotEditable(Conflict):
    """Details: `status`."""

    code = "not_editable"
    message = "这条事项已经提交，现在不能修改"


class AlreadySubmitted(Conflict):
    """Details: `status`."""

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


class TooManyFiles(Conflict):
    """Details: `limit`."""

    code = "too_many_files"
    message = "上传的文件太多，请合并后再上传"


class FileNameInvalid(Invalid):
    code = "file_name_invalid"
    message = "文件名为空、过长或含有不允许的字符，请改名后再上传"


class FileEmpty(Invalid):
    code = "file_empty"
    message = "文件是空的，请检查后重新上传"


class UploadInterrupted(Invalid):
    """Its sender has left, so this is for the log."""

    code = "upload_interrupted"
    message = "上传中断，请重新上传"


class FileTypeNotAllowed(Unsupported):
    """Details: `allowed`."""

    code = "file_type_not_allowed"
    message = "只能上传 PDF、Word、Excel、PNG 或 JPG 文件"


class FileDisguised(Invalid):
    code = "file_disguised"
    message = "文件内容与扩展名不符，请用原来的程序另存后再上传"


class FileEncrypted(Invalid):
    code = "file_encrypted"
    message = "文件设有密码或权限限制，请解除后再上传"


class FileActiveContent(Invalid):
    code = "file_active_content"
    message = "文件含有脚本、宏、嵌入附件等可执行内容，请去除（例如重新打印为 PDF）后再上传"


class FileBroken(Invalid):
    code = "file_broken"
    message = "文件已损坏或过于复杂，无法检查，请重新导出后再上传"
