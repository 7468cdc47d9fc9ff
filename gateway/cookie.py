"""The session's cookie: HttpOnly, SameSite=Lax, gone with the browser.

Over https it is `__Host-sid`, which a browser takes only with Secure, for this host and Path=/
(RFC 6265bis §4.1.3.2).
"""

from starlette.datastructures import Headers
from starlette.responses import Response

LONGEST = 100  # characters; ours have 43


class SessionCookie:
    def __init__(self, *, https: bool) -> None:
        self._https = https
        self.name = "__Host-sid" if https else "sid"

    def read(self, headers: Headers) -> str | None:
        """The session id that the browser sent; None without one, or with two that differ."""
        found = set()
        for line in headers.getlist("cookie"):
            for pair in line.split(";"):
                name, _, value = pair.strip().partition("=")
                if name == self.name and 0 < len(value) <= LONGEST:
                    found.add(value)
        return found.pop() if len(found) == 1 else None

    def write(self, response: Response, session_id: str) -> None:
        response.set_cookie(
            self.name, session_id, path="/", secure=self._https, httponly=True, samesite="lax"
        )

    def clear(self, response: Response) -> None:
        response.delete_cookie(
            self.name, path="/", secure=self._https, httponly=True, samesite="lax"
        )
