"""Whether a PDF is whole, open and still: nothing in it may act on the reader's machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from shared.inspection.faults import MALFORMED, Fault, Refused

FLATE_LIMIT = 64 << 20  # bytes that one compressed stream may grow to while it is read
NESTING_LIMIT = 100

OBJECTS_LIMIT = 300_000
PAGES_LIMIT = 3_000
SIDE_LIMIT = 14_400  # points; ISO 32000-1, annex C
TAIL = 64 << 10  # bytes at the end that are looked at; an archive's directory of files ends there
_ZIP_END = b"PK\x05\x06"

# ISO 32000-2: 12.6.4 (actions), 7.11 (files in files), 12.7.8 (XFA), 13 (multimedia).
_SCRIPT, _ATTACHMENT, _MEDIA, _XFA = "JavaScript 脚本", "嵌入的附件", "多媒体", "XFA 表单"
ACTIVE_KEYS = {
    "/JS": _SCRIPT,
    "/JavaScript": _SCRIPT,
    "/XFA": _XFA,
    "/AA": "自动执行的动作",
    "/EF": _ATTACHMENT,
    "/EmbeddedFiles": _ATTACHMENT,
    "/RichMediaContent": _MEDIA,
}
ACTIVE_ACTIONS = {
    "/JavaScript": _SCRIPT,
    "/Launch": "启动程序的动作",
    "/SubmitForm": "提交表单的动作",
    "/ImportData": "导入数据的动作",
    "/GoToR": "跳转到外部文件的动作",
    "/GoToE": "跳转到嵌入文件的动作",
    **dict.fromkeys(("/Rendition", "/Movie", "/Sound", "/RichMediaExecute", "/GoTo3DView"), _MEDIA),
}
ACTIVE_SUBTYPES = {
    **dict.fromkeys(("/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"), _MEDIA),
    "/FileAttachment": _ATTACHMENT,
}


def inspect_pdf(path: Path) -> int:
    """Returns: the number of pages, at least 1. Raises: Refused."""
    _require_nothing_behind(path)
    pikepdf.settings.set_qpdf_limits(flate_max_memory=FLATE_LIMIT, parser_max_nesting=NESTING_LIMIT)
    try:
        # No recovery: two readers may repair a damaged file into two different documents.
        with pikepdf.open(path, attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                raise Refused(Fault.ENCRYPTED, "密码或权限限制")
            if len(pdf.objects) > OBJECTS_LIMIT:
                raise Refused(Fault.TOO_COMPLEX, f"超过 {OBJECTS_LIMIT} 个对象")
            found = _opens_with(pdf.Root) or next(filter(None, map(_active, _parts(pdf))), "")
            if found:
                raise Refused(Fault.ACTIVE_CONTENT, found)
            pages = len(pdf.pages)
            if pages > PAGES_LIMIT:
                raise Refused(Fault.TOO_COMPLEX, f"超过 {PAGES_LIMIT} 页")
            if any(_side(page) > SIDE_LIMIT for page in pdf.pages):
                raise Refused(Fault.TOO_COMPLEX, "页面尺寸过大")
    except pikepdf.PasswordError as error:
        raise Refused(Fault.ENCRYPTED, "打开密码") from error
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, *MALFORMED) as error:
        raise Refused(Fault.BROKEN) from error
    if not pages:
        raise Refused(Fault.BROKEN)
    return pages


def _parts(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary and stream, also those that lie directly inside another object."""
    for root in pdf.objects:
        waiting: list[Any] = [root]
        while waiting:
            part = waiting.pop()
            if isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
                yield part
                children = [value for _, value in part.items()]
            elif isinstance(part, pikepdf.Array):
                children = list(part)
            else:
                continue
            waiting += [child for child in children if _is_direct_container(child)]


def _is_direct_container(child: Any) -> bool:
    return isinstance(child, pikepdf.Array | pikepdf.Dictionary) and not child.is_indirect


def _active(part: Any) -> str:
    """What in it acts; empty when nothing does."""
    keys = set(part.keys())
    for key in keys & ACTIVE_KEYS.keys():
        return ACTIVE_KEYS[key]
    for key, names in (("/S", ACTIVE_ACTIONS), ("/Subtype", ACTIVE_SUBTYPES)):
        if key in keys and (found := names.get(str(part[key]))):
            return found
    return _ATTACHMENT if "/Type" in keys and str(part["/Type"]) == "/EmbeddedFile" else ""


def _opens_with(root: Any) -> str:
    """Going to a page on opening is harmless; anything else is not the reader's own choice."""
    action = root.get("/OpenAction")
    if not isinstance(action, pikepdf.Dictionary) or str(action.get("/S")) == "/GoTo":
        return ""
    return ACTIVE_ACTIONS.get(str(action.get("/S")), "打开时的动作")


def _side(page: Any) -> float:
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    return max(abs(right - left), abs(top - bottom))


def _require_nothing_behind(path: Path) -> None:
    """A PDF that another program opens as something else is none (an archive, a web page)."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read()
    end = tail.rfind(b"%%EOF")
    if end < 0:
        raise Refused(Fault.BROKEN)
    if _ZIP_END in tail or len(tail[end + 5 :].strip(b"\0\r\n\t ")) > 0:
        raise Refused(Fault.DISGUISED, "文件末尾附有别的内容")
