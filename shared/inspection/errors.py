"""What is refused of an upload, each by name."""

from shared.errors import Invalid, Unsupported


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
    """Details of this and the next: `found`, what it was, where that can be said."""

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
    message = "文件已损坏，无法检查，请重新导出后再上传"


class FileTooComplex(Invalid):
    code = "file_too_complex"
    message = "文件过于复杂或过大，无法检查，请简化、拆分或重新打印为 PDF 后再上传"
