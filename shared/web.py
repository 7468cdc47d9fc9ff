"""The HTTP side of every service: transactions, who is calling, refusals, health."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy import text
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.database import is_transient
from shared.errors import FieldError, Invalid, NotFound, Refusal, Unauthenticated, Unavailable
from shared.identity import User
from shared.metrics import of_messaging
from shared.service import Runtime, Service
from shared.telemetry import correlation_id, logger
from shared.transaction import Transaction

log = logger(__name__)

PROBLEM = "application/problem+json"
READY_TIMEOUT_SECONDS = 1.0
# For `openapi_extra` of a route that reads its body as it comes: an upload.
RAW_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def runtime_of(request: Request) -> Runtime:
    runtime: Runtime = request.state.runtime
    return runtime


async def _transaction(request: Request) -> AsyncIterator[Transaction]:
    async with runtime_of(request).transaction() as tx:
        yield tx


def _current_user(request: Request) -> User:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return runtime_of(request).identity.user(token)


def _seen_version(if_match: Annotated[str, Header(pattern=r'^(W/)?"[0-9]{1,9}"$')]) -> int:
    """The version that the caller has seen, from If-Match (RFC 9110, 13.1.1)."""
    return int(if_match.removeprefix("W/").strip('"'))


CurrentRuntime = Annotated[Runtime, Depends(runtime_of)]
CurrentUser = Annotated[User, Depends(_current_user)]
IdempotencyKey = Annotated[str | None, Header(min_length=8, max_length=100)]
SeenVersion = Annotated[int, Depends(_seen_version)]
# Function scope: the commit comes before the response, so that a failed one cannot have said 200.
Tx = Annotated[Transaction, Depends(_transaction, scope="function")]


def build_app(runtime: Runtime) -> ASGIApp:
    """The service's application: its routes, its health, and one shape for every refusal."""
    return _At(runtime, _answering(runtime.service))


@lru_cache(maxsize=16)  # a process has five
def _answering(service: Service) -> FastAPI:
    """It belongs to no runtime: FastAPI works out what routes take and give for each application
    anew, which takes as long as a hundred requests."""
    app = routes_of(service)
    app.include_router(_health)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(_Correlation)
    return app


def routes_of(service: Service) -> FastAPI:
    """The service's routes with nothing behind them: what its OpenAPI document describes."""
    app = FastAPI(
        title=f"{service.name}-svc",
        version="1",
        generate_unique_id_function=_route_name,
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(service.router)
    return app


def _route_name(route: APIRoute) -> str:
    return route.name


def problem(refusal: Refusal, headers: dict[str, str] | None = None) -> JSONResponse:
    wait = refusal.details.get("retry_after_seconds")
    if wait is not None:
        headers = {"Retry-After": str(wait), **(headers or {})}
    return JSONResponse(
        refusal.problem(), status_code=refusal.status, media_type=PROBLEM, headers=headers
    )


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for this class only
    return problem(error)


class InvalidRequest(Invalid):
    code = "invalid_request"
    message = "请求的格式有误"


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = [
        FieldError(field=_path(item["loc"]), code=item["type"], message=item["msg"])
        for item in error.errors()
    ]
    return problem(InvalidRequest(errors=errors))


def _path(location: Sequence[Any]) -> str:
    return ".".join(str(part) for part in location if part != "body")


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    body = {"type": "about:blank", "title": error.detail, "status": error.status_code}
    body["code"] = NotFound.code if error.status_code == NotFound.status else "http_error"
    return JSONResponse(body, error.status_code, media_type=PROBLEM, headers=error.headers)


async def _failed(_request: Request, error: Exception) -> Response:
    """Whatever was not foreseen: wholly undone, and said so."""
    if is_transient(error):
        log.warning("request_failed", error=repr(error))
        return problem(Unavailable(), {"Retry-After": "2"})
    log.error("request_failed", exc_info=error)
    body = {"type": "about:blank", "title": "系统出错，操作没有生效，请稍后再试", "status": 500}
    return JSONResponse({**body, "code": "internal_error"}, 500, media_type=PROBLEM)


class _At:
    """An application at work on one runtime, which `runtime_of` finds with each request."""

    def __init__(self, runtime: Runtime, app: ASGIApp) -> None:
        self._runtime = runtime
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "state": {"runtime": self._runtime}}, receive, send)


class _Correlation:
    """One id through the gateway, the services, their events and their logs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((v for k, v in scope["headers"] if k == b"x-correlation-id"), b"")
        token = correlation_id.set(given.decode("latin-1")[:64] or uuid4().hex)
        try:
            await self._app(scope, receive, send)
        finally:
            correlation_id.reset(token)


_health = APIRouter(include_in_schema=False)


@_health.get("/healthz")
async def healthz() -> dict[str, str]:
    """Alive. Touches nothing, so that a database's outage does not restart every service."""
    return {"status": "ok"}


@_health.get("/readyz")
async def readyz(runtime: CurrentRuntime) -> JSONResponse:
    """Able to work: the database answers, and the bus itself counts us among its consumers."""
    checks = {"database": await _answers(runtime), "bus": await _consumes(runtime)}
    ready = checks["database"]
    status = "ok" if all(checks.values()) else "degraded" if ready else "down"
    return JSONResponse({"status": status, "checks": checks}, 200 if ready else 503)


@_health.get("/metrics")
async def metrics(runtime: CurrentRuntime, tx: Tx) -> Response:
    """For the operator's Prometheus; the gateway does not let anybody here."""
    gauges = await of_messaging(tx)
    if runtime.service.measure is not None:
        gauges += await runtime.service.measure(tx)
    return Response(runtime.metrics.text(gauges), media_type="text/plain; version=0.0.4")


async def _answers(runtime: Runtime) -> bool:
    try:
        async with asyncio.timeout(READY_TIMEOUT_SECONDS), runtime.database.session() as session:
            await session.execute(text("SELECT 1"))
    except Exception:  # any answer but a result means: not ready
        return False
    return True


async def _consumes(runtime: Runtime) -> bool:
    if not runtime.service.handlers:
        return True
    try:
        async with asyncio.timeout(READY_TIMEOUT_SECONDS):
            return await runtime.bus.is_consuming(runtime.service.name)
    except Exception:
        return False
