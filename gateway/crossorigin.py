"""Requests that change something must come from our own pages.

The session cookie is SameSite=Lax already; this is the second lock. A browser says where a request
comes from in Sec-Fetch-Site (Fetch Metadata, W3C) or, an old one, in Origin; one that says neither
and yet carries a cookie is refused, because it may be an old browser on someone else's page.
"""

from starlette.datastructures import Headers

from gateway.errors import CrossSite

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def check_same_site(method: str, headers: Headers, *, origin: str) -> None:
    """`origin` is ours: scheme, host and port as a browser writes them.

    Raises: CrossSite.
    """
    if method in SAFE_METHODS:
        return
    fetch_site, claimed = headers.get("sec-fetch-site"), headers.get("origin")
    if fetch_site is not None:
        allowed = fetch_site in {"same-origin", "none"}
    elif claimed is not None:
        allowed = claimed.lower() == origin.lower()
    else:
        allowed = "cookie" not in headers
    if not allowed:
        raise CrossSite
