"""One incremental update of a PDF, with or without a signature (ISO 32000-2, 7.5.6 and 12.8).

What stood before is not touched by a byte, so that every earlier signature stays valid. The file is
opened with pikepdf and changed in memory; what is new or changed is then written after the old end.
New objects are best `made` in a document of their own: to make one in the old file, pikepdf reads
every object that it has, which takes longer than all the rest.
Only for files made by typst and `sheet.py`: their cross-reference is a table, their objects lie
open.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import sha256
from io import BytesIO
from zlib import compress

import pikepdf

from document_svc.cms import CONTENTS_BYTES

_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_RANGE_DIGITS = 10


class BrokenSheet(ValueError):
    """The bytes are not a sheet that this service wrote."""


class Increment:
    """A change in the making. `pdf` may be changed freely; what existed must be `touched` then,
    and what is made in it `added`; what is new is `put_in` before anything is `made`."""

    def __init__(self, data: bytes) -> None:
        start = _START.search(data[-64:])
        if start is None:
            raise BrokenSheet("no startxref at its end")
        self._data = data
        self._previous = int(start[1])
        self.pdf = pikepdf.open(BytesIO(data))
        self._size = int(self.pdf.trailer.Size)
        self._written: dict[int, pikepdf.Object] = {}
        self._referring: dict[int, Mapping[str, int]] = {}
        self._made: pikepdf.Pdf | None = None
        self._first_made = self._size
        self._sources: list[pikepdf.Pdf] = []

    def source(self, data: bytes) -> pikepdf.Pdf:
        """Another file to copy from, open for as long as the update is in the making."""
        self._sources.append(pikepdf.open(BytesIO(data)))
        return self._sources[-1]

    def touched(self, existing: pikepdf.Object, referring: Mapping[str, int] | None = None) -> None:
        """`existing`, an indirect object of the old file, is written again as it now is.

        `referring`: its keys that lead to what was `put_in`, with the numbers of that.
        """
        self._written[_number(existing)] = existing
        self._referring[_number(existing)] = referring or {}

    def added(self, new: pikepdf.Object) -> None:
        """`new`, an indirect object made in the old file, is written."""
        self._written[_number(new)] = new
        self._first_made = max(self._first_made, _number(new) + 1)

    def put_in(self, new: pikepdf.Object, referring: Mapping[str, int] | None = None) -> int:
        """`new`, a direct object, is written as one of its own. Returns: its number.

        The old file is not told of it, and so need not be read whole: what is to refer to it says
        so by this number, `referring` as in `touched`.
        """
        number, self._first_made = self._first_made, self._first_made + 1
        self._written[number] = new
        self._referring[number] = referring or {}
        return number

    @property
    def made(self) -> pikepdf.Pdf:
        """A document for new objects: they are numbered from the old file's end and all written."""
        if self._made is None:
            self._made = _numbered_from(self._first_made)
        return self._made

    def signed(
        self,
        field: pikepdf.Object,
        entries: pikepdf.Dictionary,
        sign: Callable[[bytes], bytes],
        *,
        appearance: pikepdf.Object,
        room: int = CONTENTS_BYTES,
    ) -> bytes:
        """The old bytes with the update behind them, the signature being `field`'s value.

        `appearance` is `made`. `sign` takes the SHA-256 of everything but the signature and returns
        the signature (CMS).
        """
        value = self.made.make_indirect(pikepdf.Dictionary())  # holds the number; written by hand
        out = bytearray(self._data)
        if not out.endswith(b"\n"):
            out += b"\n"
        offsets = self._write_objects(out, besides=(_number(field), _number(value)))
        offsets[_number(field)] = len(out)
        _write_field(out, field, appearance, value)
        offsets[_number(value)] = len(out)
        gap = self._write_value(out, value, entries, room)
        self._write_trailer(out, offsets)
        return _filled(out, gap, room, sign)

    def unsigned(self) -> bytes:
        """The old bytes with the update behind them, and no signature."""
        out = bytearray(self._data)
        if not out.endswith(b"\n"):
            out += b"\n"
        self._write_trailer(out, self._write_objects(out))
        return bytes(out)

    def _write_objects(self, out: bytearray, *, besides: tuple[int, ...] = ()) -> dict[int, int]:
        made = self._made.objects if self._made is not None else ()
        new = (each for each in made if _number(each) >= self._first_made)
        offsets: dict[int, int] = {}
        for number, thing in (*self._written.items(), *((_number(each), each) for each in new)):
            if number not in besides:
                offsets[number] = len(out)
                body = _body(thing, self._referring.get(number))
                out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        return offsets

    def _write_value(
        self, out: bytearray, value: pikepdf.Object, entries: pikepdf.Dictionary, room: int
    ) -> tuple[int, int]:
        """Returns: where the gap for the signature begins and where the byte range is written."""
        out += b"%d 0 obj\n%s" % (value.objgen[0], entries.unparse().removesuffix(b">>"))
        out += b"/ByteRange "
        byte_range = len(out)
        out += b" " * (4 * (_RANGE_DIGITS + 1) + 2) + b"/Contents "
        gap = len(out)
        out += b"<" + b"0" * (2 * room) + b">>>\nendobj\n"
        return gap, byte_range

    def _write_trailer(self, out: bytearray, offsets: dict[int, int]) -> None:
        start = len(out)
        out += b"xref\n"
        for first, run in _runs(sorted(offsets)):
            out += b"%d %d\n" % (first, len(run))
            out += b"".join(b"%010d 00000 n \n" % offsets[number] for number in run)
        trailer = pikepdf.Dictionary(
            Size=max(self._size, *(number + 1 for number in offsets)),
            Root=self.pdf.trailer.Root,
            Prev=self._previous,
            ID=self.pdf.trailer.ID,
        )
        if "/Info" in self.pdf.trailer:
            trailer.Info = self.pdf.trailer.Info
        out += b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer.unparse(), start)


def _numbered_from(first: int) -> pikepdf.Pdf:
    """An empty document whose next object has this number.

    The padding is there because qpdf believes no number that is large for the file's size.
    """
    begin = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages<</Type/Pages/Kids[]/Count 0>>>>\nendobj\n"
    last = b"%d 0 obj\n<<>>\nendobj\n%%%s\n" % (first - 1, b" " * 32 * first)
    xref = b"xref\n0 2\n0000000000 65535 f \n%010d 00000 n \n" % len(b"%PDF-1.7\n")
    xref += b"%d 1\n%010d 00000 n \n" % (first - 1, len(begin))
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return pikepdf.open(BytesIO(begin + last + xref + end % (first, len(begin + last))))


def _write_field(
    out: bytearray, field: pikepdf.Object, appearance: pikepdf.Object, value: pikepdf.Object
) -> None:
    shown = b"/AP <</N %d 0 R>> /V %d 0 R" % (_number(appearance), _number(value))
    entries = _besides(field, ("/AP", "/V"), shown)
    out += b"%d 0 obj\n%s\nendobj\n" % (_number(field), entries)


def _besides(thing: pikepdf.Object, keys: Collection[str], written: bytes) -> bytes:
    """A dictionary with these keys by hand, since they lead to what its document does not know."""
    kept = pikepdf.Dictionary({key: entry for key, entry in thing.items() if key not in keys})
    return kept.unparse().removesuffix(b">>") + written + b" >>"


def _filled(
    out: bytearray, gap: tuple[int, int], room: int, sign: Callable[[bytes], bytes]
) -> bytes:
    contents, byte_range = gap
    behind = contents + 2 * room + 2
    ranges = b"[0 %d %d %d]" % (contents, behind, len(out) - behind)
    out[byte_range : byte_range + len(ranges)] = ranges
    digest = sha256(out[:contents])
    digest.update(out[behind:])
    signature = sign(digest.digest()).hex().encode()
    if len(signature) > 2 * room:
        raise BrokenSheet("the signature is larger than its place")
    out[contents + 1 : contents + 1 + len(signature)] = signature
    return bytes(out)


def _number(thing: pikepdf.Object) -> int:
    return int(thing.objgen[0])


def _body(thing: pikepdf.Object, referring: Mapping[str, int] | None) -> bytes:
    if referring:
        written = b" ".join(b"%s %d 0 R" % (key.encode(), to) for key, to in referring.items())
        return _besides(thing, referring, written)
    if not isinstance(thing, pikepdf.Stream):
        return thing.unparse(resolved=True)
    raw = thing.read_raw_bytes()
    head = pikepdf.Dictionary(dict(thing.stream_dict.items()))
    if "/Filter" not in head:
        raw = compress(raw)
        head.Filter = pikepdf.Name.FlateDecode
    head.Length = len(raw)
    return head.unparse() + b"\nstream\n" + raw + b"\nendstream"


def _runs(numbers: Iterable[int]) -> list[tuple[int, list[int]]]:
    """Consecutive numbers together: the subsections of a cross-reference table."""
    runs: list[tuple[int, list[int]]] = []
    for number in numbers:
        if runs and number == runs[-1][0] + len(runs[-1][1]):
            runs[-1][1].append(number)
        else:
            runs.append((number, [number]))
    return runs
