"""Pictures of files' pages: made when they are first asked for, kept under what they were made of.

A PDF and a picture are drawn by an inspector; Word and Excel become a PDF first, where that is
possible (`shared/inspection/conversion.py`).
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from request_svc.errors import NoPreview, NoSuchPage
from request_svc.models import File, Rendition
from shared.database import insert
from shared.files import StoredBlob
from shared.inspection.conversion import Conversions, ConvertedFile
from shared.inspection.faults import Refused
from shared.inspection.file_types import OFFICE, extension
from shared.inspection.inspectors import Inspectors
from shared.service import Runtime

WHOLE = 0  # the place of a file's own PDF among its renditions


@dataclass(frozen=True)
class Shown:
    """What is drawn from: a stored PDF or picture; `pages` is 1 for a picture."""

    sha256: str
    extension: str
    pages: int


class Previews:
    def __init__(self, runtime: Runtime, inspectors: Inspectors, conversions: Conversions) -> None:
        self._runtime = runtime
        self._inspectors = inspectors
        self._conversions = conversions

    async def converts(self) -> bool:
        """Whether Word and Excel can be shown here."""
        return await self._conversions.available()

    async def shown(self, file: File) -> Shown:
        """Raises: NoPreview for what can only be downloaded."""
        kind = extension(file.name)
        if kind not in OFFICE:
            return Shown(file.sha256, kind, file.pages or 1)
        if not await self.converts():
            raise NoPreview
        kept = await self._kept(file.sha256, WHOLE, 0)
        if kept is None:
            kept = await self._converted(file, kind)
        if kept.made_sha256 is None:
            raise NoPreview
        return Shown(kept.made_sha256, "pdf", kept.pages or 1)

    async def picture(self, file: File, *, page: int, width: int) -> Rendition:
        """A PNG of the page. Raises: NoPreview, NoSuchPage."""
        shown = await self.shown(file)
        if not 1 <= page <= shown.pages:
            raise NoSuchPage(pages=shown.pages)
        kept = await self._kept(shown.sha256, page, width)
        if kept is None:
            kept = await self._drawn(shown, page, width)
        if kept.made_sha256 is None:
            raise NoPreview
        return kept

    async def _drawn(self, shown: Shown, page: int, width: int) -> Rendition:
        with tempfile.TemporaryDirectory(prefix="preview-") as folder:
            source, out = Path(folder) / f"a.{shown.extension}", Path(folder) / "page.png"
            await self._runtime.files.fetch(shown.sha256, source)
            made = None
            try:
                there = await self._inspectors.render(
                    source, shown.extension, out, page=page, width=width
                )
                if there:
                    made = await self._runtime.files.put_bytes(out.read_bytes())
            except Refused:
                made = None
        return await self._keep(Rendition(source_sha256=shown.sha256, page=page, width=width), made)

    async def _converted(self, file: File, kind: str) -> Rendition:
        made = await self._conversions.to_pdf(file.sha256, kind)
        pages = made.pages if made else None
        whole = Rendition(source_sha256=file.sha256, page=WHOLE, width=0, pages=pages)
        return await self._keep(whole, made)

    async def _kept(self, sha256: str, page: int, width: int) -> Rendition | None:
        async with self._runtime.transaction() as tx:
            return await tx.session.get(Rendition, (sha256, page, width))

    async def _keep(
        self, rendition: Rendition, made: StoredBlob | ConvertedFile | None
    ) -> Rendition:
        """Another may have made the same meanwhile; it is the same."""
        rendition.made_sha256 = made.sha256 if made else None
        rendition.bytes = made.bytes if made else 0
        async with self._runtime.transaction() as tx:
            row = insert(Rendition).values(
                source_sha256=rendition.source_sha256,
                page=rendition.page,
                width=rendition.width,
                made_sha256=rendition.made_sha256,
                bytes=rendition.bytes,
                pages=rendition.pages,
                made_at=tx.now,
            )
            await tx.session.execute(row.on_conflict_do_nothing())
        return rendition
