"""What the gateway answers itself: the session, and what the sign-in page shows."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway import actions, queries, signin
from gateway.cookie import SessionCookie
from gateway.domain import digest, normal_login
from gateway.errors import NotSignedIn
from gateway.live import ChangesView, EventStream
from gateway.networks import client_address, neighbourhood
from shared.web import CurrentRuntime, Tx

BODY_LIMIT = 8 * 1024  # bytes; a login and a password

router = APIRouter(prefix="/api")


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    login: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class SessionView(BaseModel):
    id: UUID  # the person's
    name: str
    login: str | None


class DemonstrationAccountView(BaseModel):
    login: str
    name: str | None  # None until the directory has told us of the person
    role: str


class OrganisationView(BaseModel):
    """What a page may show before anyone has signed in."""

    name: str
    hall_name: str
    portal_name: str
    home_url: str | None
    seal_place: str
    contract_mail: str
    service_line: str
    service_mail: str
    copyright: str
    timezone: str
    sheet_title: str
    sheet_note: str
    contract_note: str
    commitment: str
    classified_notice: str
    demonstration: list[DemonstrationAccountView]
    demonstration_password: str | None


def _cookie(runtime: CurrentRuntime) -> SessionCookie:
    return SessionCookie(https=runtime.settings.https)


Cookie = Annotated[SessionCookie, Depends(_cookie)]


@router.post("/session", max_body_size=BODY_LIMIT)
async def sign_in(
    body: Credentials, request: Request, response: Response, runtime: CurrentRuntime, cookie: Cookie
) -> SessionView:
    address = client_address(request.scope, trusted_proxies=runtime.settings.trusted_proxies)
    signed_in = await signin.sign_in(
        runtime,
        runtime.own.passwords,
        runtime.settings,
        login=body.login,
        password=body.password,
        origin=neighbourhood(address),
        replaces=cookie.read(request.headers),
    )
    cookie.write(response, signed_in.session_id)
    return SessionView(id=signed_in.person_id, name=signed_in.name, login=signed_in.login)


@router.get("/session")
async def current_session(request: Request, tx: Tx, cookie: Cookie) -> SessionView:
    session_id = cookie.read(request.headers)
    visitor = await actions.visit(tx, session_id) if session_id else None
    if visitor is None:
        raise NotSignedIn
    return SessionView(id=visitor.id, name=visitor.name, login=visitor.login)


@router.get("/events", response_class=EventStream, responses={200: {"model": ChangesView}})
async def events(request: Request, runtime: CurrentRuntime, cookie: Cookie) -> EventStream:
    """What changes for the one who asks, as it happens: `changed` events (ChangesView); `missed`
    when some may have been lost, so that everything is to be read again; `ended` with the session.

    Server-sent events (HTML Living Standard §9.2). Names requests, and says nothing of them.
    """
    session_id = cookie.read(request.headers)
    visitor = await runtime.own.visitors.find(runtime, session_id) if session_id else None
    if visitor is None or session_id is None:
        raise NotSignedIn
    page = runtime.own.live.open(visitor.id, digest(session_id))
    return EventStream(page.news(), headers={"x-accel-buffering": "no"})


@router.delete("/session", status_code=204)
async def sign_out(request: Request, response: Response, tx: Tx, cookie: Cookie) -> None:
    session_id = cookie.read(request.headers)
    if session_id:
        await actions.end_session(tx, session_id)
    cookie.clear(response)


@router.get("/organisation")
async def organisation(runtime: CurrentRuntime, tx: Tx) -> OrganisationView:
    """Public. The demonstration's accounts and password only where that is configured."""
    settings, organisation = runtime.settings, runtime.organisation
    accounts = organisation.demonstration if settings.demonstration_password is not None else ()
    names = await queries.names_by_login(tx, [normal_login(account.login) for account in accounts])
    return OrganisationView(
        **organisation.model_dump(include=OrganisationView.model_fields.keys() - {"demonstration"}),
        demonstration=[
            DemonstrationAccountView(
                login=account.login, role=account.role, name=names.get(normal_login(account.login))
            )
            for account in accounts
        ],
        demonstration_password=settings.demonstration_password,
    )
