"""Whether a .docx or .xlsx is what it says, opens without a password, and does nothing by itself.

A ZIP archive of parts (ECMA-376-2). Every part is unpacked once, to nowhere, so that what an
archive claims about itself is never believed.
"""

import re
import zipfile
import zlib
from pathlib import Path

from shared.inspection.faults import MALFORMED, Fault, Refused
from shared.inspection.ole import names_stream

PARTS_LIMIT = 5_000
UNPACKED_LIMIT = 400 << 20  # bytes, all parts together
XML_LIMIT = 64 << 20  # bytes of one part that is read as XML
_CHUNK = 1 << 20

# Parts that run, or carry what runs (ECMA-376-1; [MS-OFFMACRO2]).
_ACTIVE_PARTS = (
    (re.compile(r"vbaproject\.bin$|vbadata\.xml$"), "VBA 宏"),
    (re.compile(r"^xl/(macrosheets|dialogsheets)/"), "Excel 4.0 宏表"),
    (re.compile(r"/activex/"), "ActiveX 控件"),
    (
        re.compile(r"/oleobject[^/]*\.bin$|/embeddings/.*\.(bin|exe|docm|xlsm|pptm)$"),
        "嵌入的 OLE 对象",
    ),
    (re.compile(r"^xl/externallinks/"), "外部工作簿链接"),
    (re.compile(r"^xl/connections\.xml$"), "外部数据连接"),
    (re.compile(r"/afchunk"), "外部内容片段"),
)
_MACRO_TYPES = re.compile(rb"macroEnabled|ms-office\.vbaProject", re.I)
_DTD = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.I)
_EXTERNAL = re.compile(rb"<[^>]*Relationship\s[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.I)
_HYPERLINK = re.compile(rb"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']", re.I)
_DDE = re.compile(rb"\bDDE(AUTO)?\b", re.I)
_FIELD_TEXT = re.compile(rb"<w:instrText[^>]*>([^<]*)</w:instrText>|w:instr\s*=\s*\"([^\"]*)\"")


def inspect_ooxml(path: Path, *, folder: str) -> None:
    """`folder`: where the document's parts lie, word/ or xl/. Raises: Refused."""
    with path.open("rb") as file:
        is_archive = file.read(2) == b"PK"
    if not is_archive:
        locked = names_stream(path, "EncryptedPackage")
        raise Refused(Fault.ENCRYPTED if locked else Fault.DISGUISED, "打开密码" if locked else "")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _require_document(parts, folder)
            _require_modest(parts, path.stat().st_size)
            _require_passive(parts)
            unpacked = 0
            for part in parts:
                unpacked += _look_into(archive, part, left=UNPACKED_LIMIT - unpacked)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, *MALFORMED) as error:
        raise Refused(Fault.BROKEN) from error


def _require_document(parts: list[zipfile.ZipInfo], folder: str) -> None:
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith(folder) for name in names):
        raise Refused(Fault.DISGUISED)
    if any(part.flag_bits & 0x1 for part in parts):
        raise Refused(Fault.ENCRYPTED, "压缩包密码")
    if any(".." in name.split("/") or name.startswith(("/", "\\")) for name in names):
        raise Refused(Fault.DISGUISED)


def _require_modest(parts: list[zipfile.ZipInfo], size: int) -> None:
    if len(parts) > PARTS_LIMIT:
        raise Refused(Fault.TOO_COMPLEX, f"超过 {PARTS_LIMIT} 个部件")
    if sum(part.file_size for part in parts) > UNPACKED_LIMIT:
        raise Refused(Fault.TOO_COMPLEX, "解压后过大")
    if sum(part.compress_size for part in parts) > size:  # parts that overlap
        raise Refused(Fault.BROKEN)
    if len({part.filename for part in parts}) < len(parts):  # two readers may take two different
        raise Refused(Fault.BROKEN)


def _require_passive(parts: list[zipfile.ZipInfo]) -> None:
    for part in parts:
        name = part.filename.lower()
        for pattern, found in _ACTIVE_PARTS:
            if pattern.search(name):
                raise Refused(Fault.ACTIVE_CONTENT, found)


def _look_into(archive: zipfile.ZipFile, part: zipfile.ZipInfo, *, left: int) -> int:
    """Unpacks one part. Returns: its size. Raises: Refused."""
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    content, size = bytearray(), 0
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > left or (is_xml and size > XML_LIMIT):
                raise Refused(Fault.TOO_COMPLEX, "解压后过大")
            if is_xml:
                content += chunk
    if is_xml:
        _require_plain(part.filename, bytes(content))
    return size


def _require_plain(name: str, content: bytes) -> None:
    """XML that declares no entities, fetches nothing, and starts no program."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16").encode()
    if _DTD.search(content):
        raise Refused(Fault.ACTIVE_CONTENT, "XML 实体定义")
    if name == "[Content_Types].xml" and _MACRO_TYPES.search(content):
        raise Refused(Fault.ACTIVE_CONTENT, "VBA 宏")
    if name.endswith(".rels"):
        outside = [found.group() for found in _EXTERNAL.finditer(content)]
        if any(not _HYPERLINK.search(each) for each in outside):
            raise Refused(Fault.ACTIVE_CONTENT, "外部链接（模板、图片或对象）")
    if name.startswith("word/"):
        fields = b"".join(part for found in _FIELD_TEXT.findall(content) for part in found)
        if _DDE.search(fields):
            raise Refused(Fault.ACTIVE_CONTENT, "DDE 域")
