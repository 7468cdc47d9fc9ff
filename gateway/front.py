"""The door: everything that reaches the hall comes in here, is checked, and goes to its room.

/api/<service>/…      to the service, with a token that says who asks
/api/…, /healthz, …   to the gateway's own routes
everything else       to the portal's files
"""

from collections.abc import Mapping
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.callbacks import callback_headers, is_callback
from gateway.cookie import SessionCookie
from gateway.crossorigin import check_same_site
from gateway.errors import OutsideNetwork, TooManyCallbacks, TooManyChecks
from gateway.headers import RawHeaders, passed_on
from gateway.networks import client_address, contains, neighbourhood
from gateway.pages import OUTSIDE_NETWORK
from gateway.portal import SIGNED_IN, wants_page
from gateway.queries import Visitor
from gateway.settings import GatewaySettings
from gateway.throttle import Throttle, is_public_check
from gateway.visitors import Visitors
from shared.database import is_transient
from shared.errors import NotFound, Refusal, Unavailable
from shared.identity import IdentityIssuer, User
from shared.service import Runtime
from shared.telemetry import logger
from shared.web import problem

log = logger(__name__)

PROBES = frozenset({"/healthz", "/readyz"})
INTERNAL = frozenset({*PROBES, "/metrics"})  # a service's, for the operator's network alone


class Front:
    def __init__(
        self,
        own: ASGIApp,
        *,
        runtime: Runtime,
        settings: GatewaySettings,
        upstreams: Mapping[str, ASGIApp],
        visitors: Visitors,
        portal: ASGIApp,
    ) -> None:
        self._own = own
        self._runtime = runtime
        self._settings = settings
        self._upstreams = upstreams
        self._visitors = visitors
        self._portal = portal
        self._cookie = SessionCookie(https=settings.https)
        self._checks = Throttle(settings.public_checks_per_minute, TooManyChecks)
        self._callbacks = Throttle(settings.callbacks_per_minute, TooManyCallbacks)
        self._issuer = IdentityIssuer(settings.identity_private_key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._own(scope, receive, send)
            return
        try:
            self._check(scope)
            await self._lead(scope, receive, send)
        except Refusal as refusal:
            await _render(refusal, scope)(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        """Raises: OutsideNetwork, CrossSite."""
        allowed = self._settings.allowed_networks
        address = client_address(scope, trusted_proxies=self._settings.trusted_proxies)
        free = scope["path"] in PROBES or is_callback(*_service_and_path(scope))
        if allowed and not free and not contains(allowed, address):
            raise OutsideNetwork
        headers = Headers(scope=scope)
        scheme = "https" if self._settings.https else "http"
        origin = f"{scheme}://{headers.get('host', '')}"
        check_same_site(scope["method"], headers, origin=origin)

    async def _lead(self, scope: Scope, receive: Receive, send: Send) -> None:
        service, path = _service_and_path(scope)
        if _is_api(scope) and unquote(path.decode("latin-1")) in INTERNAL:
            raise NotFound
        if service in self._upstreams:
            await self._forward(scope, receive, send, service=service, path=path)
        elif _is_api(scope) or scope["path"] in PROBES:
            await self._own(scope, receive, send)
        else:
            signed_in = wants_page(scope) and await self._is_signed_in(scope)
            await self._portal({**scope, SIGNED_IN: signed_in}, receive, send)

    async def _forward(
        self, scope: Scope, receive: Receive, send: Send, *, service: str, path: bytes
    ) -> None:
        if is_callback(service, path):
            await self._callbacks.admit(self._network(scope))
            headers = callback_headers(scope["headers"])  # and nobody's token
        else:
            if is_public_check(service, path):
                await self._checks.admit(self._network(scope))
            headers = await self._identified(scope, service)
        inner = {
            name: scope[name]
            for name in ("type", "asgi", "http_version", "method", "scheme", "query_string")
        }
        inner |= {"path": unquote(path.decode("latin-1")), "raw_path": path, "root_path": ""}
        inner |= {"headers": headers, "client": scope.get("client"), "server": scope.get("server")}
        await self._upstreams[service](inner, receive, _without_cookies(send))

    async def _identified(self, scope: Scope, service: str) -> RawHeaders:
        headers = passed_on(scope["headers"])
        visitor = await self._visitor(scope)
        if visitor is not None:
            token = self._issuer.token(User(visitor.id, visitor.name), audience=service)
            headers.append((b"authorization", b"Bearer " + token.encode()))
        return headers

    def _network(self, scope: Scope) -> str:
        trusted = self._settings.trusted_proxies
        return neighbourhood(client_address(scope, trusted_proxies=trusted))

    async def _is_signed_in(self, scope: Scope) -> bool:
        """The page itself is there also while nobody can say."""
        try:
            return await self._visitor(scope) is not None
        except Unavailable:
            return False

    async def _visitor(self, scope: Scope) -> Visitor | None:
        """Raises: Unavailable when the database cannot be asked."""
        session_id = self._cookie.read(Headers(scope=scope))
        if session_id is None:
            return None
        try:
            return await self._visitors.find(self._runtime, session_id)
        except Exception as error:
            if is_transient(error):
                log.warning("session_not_read", error=repr(error))
                raise Unavailable from error
            raise


def _is_api(scope: Scope) -> bool:
    path: bytes = scope["raw_path"]
    return path == b"/api" or path.startswith(b"/api/")


def _service_and_path(scope: Scope) -> tuple[str, bytes]:
    """The service of /api/<service>/… and the path below it; "" where it is none's.

    By the path as it came: decoding first would let %2F make one path out of another.
    """
    _, first, second, rest = [*scope["raw_path"].split(b"/", 3), b"", b"", b""][:4]
    return (second.decode("latin-1") if first == b"api" else ""), b"/" + rest


def _without_cookies(send: Send) -> Send:
    """A service has no cookies to set: the session is the gateway's."""

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"set-cookie"]
            message = {**message, "headers": kept}
        await send(message)

    return send_on


def _render(refusal: Refusal, scope: Scope) -> Response:
    accepts_page = "text/html" in Headers(scope=scope).get("accept", "")
    if isinstance(refusal, OutsideNetwork) and accepts_page:
        return HTMLResponse(OUTSIDE_NETWORK, refusal.status)
    return problem(refusal)
