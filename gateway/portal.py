"""The portal's files: a single-page application built into one folder.

Vite names what it puts under assets/ after its content, so that may be kept for ever; index.html is
asked for anew each time. A path that is no file is the application's own when a person opens it,
but a missing asset is missing: answering it with index.html would break a page in odd ways.
"""

import mimetypes
import os
import stat
from pathlib import Path

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from gateway.pages import PORTAL_NOT_BUILT
from gateway.preload import links

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
SIGNED_IN = "gateway.signed_in"  # in the scope: whether the one who asks is
_COMPRESSED = {"br": ".br", "gzip": ".gz"}  # what the build writes beside a file, best first


class Portal:
    """An ASGI app over the folder; built or rebuilt while running, it is seen at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in {"GET", "HEAD"}:
            response = await anyio.to_thread.run_sync(self._answer, scope)
        else:
            response = PlainTextResponse("method not allowed", 405, {"allow": "GET, HEAD"})
        await response(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        headers = Headers(scope=scope)
        path = scope["path"].lstrip("/")
        if found := self._find(path):
            return self._file(found, path, headers)
        if path.startswith("assets/") or not wants_page(scope):
            return PlainTextResponse("not found", 404)
        if index := self._find("index.html"):
            return self._page(index, scope, headers)
        return HTMLResponse(PORTAL_NOT_BUILT, 503)

    def _page(self, index: Path, scope: Scope, headers: Headers) -> Response:
        response = self._file(index, "index.html", headers)
        signed_in = scope.get(SIGNED_IN, False)
        if needed := links(self._folder, scope["path"], signed_in=signed_in):
            response.headers["link"] = needed
        return response

    def _find(self, path: str) -> Path | None:
        """The file of that name inside the folder; nothing outside it has a name here."""
        if not path or "\0" in path:
            return None
        candidate = Path(os.path.realpath(self._folder / path))
        if candidate.is_relative_to(self._folder) and candidate.is_file():
            return candidate
        return None

    def _file(self, file: Path, path: str, headers: Headers) -> Response:
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        sent, encoding = _best_form(file, headers.get("accept-encoding", ""))
        status = sent.stat()
        response = FileResponse(sent, media_type=media_type, stat_result=status)
        response.headers["vary"] = "accept-encoding"
        response.headers["cache-control"] = FOR_EVER if path.startswith("assets/") else ASK_AGAIN
        if encoding:
            response.headers["content-encoding"] = encoding
        if response.headers["etag"] in headers.get("if-none-match", ""):
            kept = ("etag", "vary", "cache-control")
            return Response(
                status_code=304, headers={name: response.headers[name] for name in kept}
            )
        return response


def _best_form(file: Path, accepted: str) -> tuple[Path, str | None]:
    """The file as sent: compressed by the build where the browser takes that, else as it is."""
    taken = _accepted_codings(accepted)
    for coding, suffix in _COMPRESSED.items():
        if coding in taken:
            sibling = file.with_name(file.name + suffix)
            try:
                if stat.S_ISREG(sibling.stat().st_mode):
                    return sibling, coding
            except FileNotFoundError:
                continue
    return file, None


def _accepted_codings(accepted: str) -> set[str]:
    """Codings of an Accept-Encoding header that are not refused with q=0 (RFC 9110 §12.5.3)."""
    codings = set()
    for part in accepted.split(","):
        coding, _, weight = part.partition(";")
        if weight.replace(" ", "").rstrip("0") not in {"q=", "q=0."}:
            codings.add(coding.strip().lower())
    return codings


def wants_page(scope: Scope) -> bool:
    """Browsers say so; at the portal's own address whatever takes anything (curl) means it, too."""
    accepted = Headers(scope=scope).get("accept", "*/*")
    return "text/html" in accepted or (scope["path"] == "/" and "*/*" in accepted)
