"""Whether a PNG or JPEG is one, whole, and of a size that a reader's machine can hold."""

import mmap
import warnings
from pathlib import Path

from PIL import Image

from shared.inspection.faults import MALFORMED, Fault, Refused

PIXELS_LIMIT = 120_000_000  # a phone's largest, and an A3 sheet at 600 dpi is 70 million
_TAIL = 64 << 10
_ZIP_END = b"PK\x05\x06"
Image.MAX_IMAGE_PIXELS = None  # ours is asked first


def inspect_picture(path: Path, *, format_: str) -> None:
    """`format_` as Pillow names it: PNG or JPEG. Raises: Refused."""
    if format_ == "PNG":
        _inspect_png(path)
    else:
        _inspect_jpeg(path)
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        if _ZIP_END in file.read():
            raise Refused(Fault.DISGUISED, "图片后附有压缩包")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=[format_]) as picture:
                if picture.width * picture.height > PIXELS_LIMIT:
                    raise Refused(Fault.TOO_COMPLEX, f"超过 {PIXELS_LIMIT // 10_000} 万像素")
                picture.load()
    except (OSError, SyntaxError, Image.DecompressionBombError, *MALFORMED) as error:
        raise Refused(Fault.BROKEN) from error


def _inspect_png(path: Path) -> None:
    """Chunks from IHDR to IEND, each whole (PNG, third edition, 5.3), and nothing behind them."""
    kinds: list[bytes] = []
    with path.open("rb") as file:
        end = file.seek(0, 2)
        position = 8
        while position + 12 <= end and kinds[-1:] != [b"IEND"]:
            file.seek(position)
            head = file.read(8)
            position += 12 + int.from_bytes(head[:4], "big")
            kinds.append(head[4:])
        if position > end or kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND":
            raise Refused(Fault.BROKEN)
        file.seek(position)
        if file.read().strip(b"\0\r\n\t "):
            raise Refused(Fault.DISGUISED, "图片后附有别的内容")


def _inspect_jpeg(path: Path) -> None:
    """A start of scan, and an end of image after it (ITU-T T.81, B.2)."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        scan = content.find(b"\xff\xda")
        if scan < 0 or content.rfind(b"\xff\xd9") < scan:
            raise Refused(Fault.BROKEN)
