"""Whether a .doc or .xls is what it says, opens without a password, and does nothing by itself.

An OLE container ([MS-CFB]) is not parsed here: names of streams and heads of the documents are
looked for where they must lie, so that a damaged directory hides nothing.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path

from shared.inspection.faults import Fault, Refused

_SECTOR = 512  # the smallest; every stream of a document begins at a multiple of it
_WORD_MAGIC = b"\xec\xa5"  # [MS-DOC] 2.5.2, wIdent
_WORD_FLAGS, _WORD_ENCRYPTED = 0x0A, 0x0100  # fEncrypted
_BOF, _EOF, _FILEPASS, _BOUNDSHEET = 0x0809, 0x000A, 0x002F, 0x0085  # [MS-XLS] 2.3
_RECORDS_LIMIT = 100_000

_ACTIVE_STREAMS = {
    "_VBA_PROJECT": "VBA 宏",
    "ObjectPool": "嵌入的 OLE 对象",
    "\x01Ole10Native": "嵌入的文件",
}


def inspect_ole(path: Path, *, streams: tuple[str, ...]) -> None:
    """`streams`: how the document's own stream may be called. Raises: Refused."""
    if not any(names_stream(path, stream) for stream in streams):
        raise Refused(Fault.DISGUISED)
    for stream, found in _ACTIVE_STREAMS.items():
        if names_stream(path, stream):
            raise Refused(Fault.ACTIVE_CONTENT, found)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for at in range(_SECTOR, len(content), _SECTOR):
            head = content[at : at + 4]
            if head[:2] == _WORD_MAGIC and "WordDocument" in streams:
                _inspect_word(content[at : at + 32])
            elif head[:2] == _BOF.to_bytes(2, "little") and "Workbook" in streams:
                _inspect_workbook(content, at)


def names_stream(path: Path, stream: str) -> bool:
    """Whether an OLE container's directory names a stream so ([MS-CFB] 2.6.1)."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(stream.encode("utf-16-le")) >= 0


def _inspect_word(head: bytes) -> None:
    flags = int.from_bytes(head[_WORD_FLAGS : _WORD_FLAGS + 2], "little")
    if flags & _WORD_ENCRYPTED:
        raise Refused(Fault.ENCRYPTED, "打开密码")


def _inspect_workbook(content: mmap.mmap, at: int) -> None:
    for kind, body in _records(content, at):
        if kind == _FILEPASS:
            raise Refused(Fault.ENCRYPTED, "打开密码")
        if kind == _BOUNDSHEET and len(body) > 5 and body[5] == 1:  # dt: a macro sheet
            raise Refused(Fault.ACTIVE_CONTENT, "Excel 4.0 宏表")


def _records(content: mmap.mmap, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, from its BOF to its EOF or to where they make no sense."""
    for _ in range(_RECORDS_LIMIT):
        head = content[at : at + 4]
        if len(head) < 4:
            return
        kind, size = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:], "little")
        if size > 8224:  # [MS-XLS] 2.1.4
            return
        yield kind, content[at + 4 : at + 4 + size]
        if kind == _EOF:
            return
        at += 4 + size
