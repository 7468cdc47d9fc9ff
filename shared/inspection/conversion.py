"""A Word or Excel file of the store as a PDF of the store: converted, looked into, kept.

What a converter makes of a stranger's file is a stranger's file, and is inspected like one. Takes
seconds, at worst minutes: never call it inside a transaction.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from shared.files import FileStore
from shared.inspection.faults import Refused
from shared.inspection.inspectors import Inspectors
from shared.inspection.office import Converter
from shared.inspection.settings import InspectionSettings

_PDF_LIMIT = 256 << 20  # bytes


@dataclass(frozen=True)
class ConvertedFile:
    """`sha256` is its key in the store."""

    sha256: str
    bytes: int
    pages: int


class Conversions:
    def __init__(
        self, settings: InspectionSettings, inspectors: Inspectors, files: FileStore
    ) -> None:
        self._converter = Converter(
            cpu_seconds=settings.conversion_cpu_seconds, seconds=settings.conversion_seconds
        )
        self._inspectors = inspectors
        self._files = files

    async def available(self) -> bool:
        """Whether there is a converter that may be started here."""
        return await self._converter.available()

    async def to_pdf(self, sha256: str, extension: str) -> ConvertedFile | None:
        """None when there is no converter, or it failed. Raises: FileMissing."""
        with tempfile.TemporaryDirectory(prefix="conversion-") as folder:
            source, out = Path(folder) / f"a.{extension}", Path(folder) / "out"
            out.mkdir()
            await self._files.fetch(sha256, source)
            pdf = await self._converter.to_pdf(source, out)
            if pdf is None or pdf.stat().st_size > _PDF_LIMIT:
                return None
            try:
                pages = await self._inspectors.inspect(pdf, "pdf")
            except Refused:
                return None
            made = await self._files.put_bytes(pdf.read_bytes())
        return ConvertedFile(made.sha256, made.bytes, pages or 1)
