"""Live updates: pages that are open learn that something changed, and read it again themselves.

The gateway overhears the bus and tells each page the requests that its person may read, never what
became of them. Nothing is kept for a page that is away: it reads everything again when it returns.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from pydantic import BaseModel, ValidationError
from starlette.responses import StreamingResponse

from gateway import queries
from gateway.errors import TooManyPages
from shared.contracts import event_type
from shared.contracts.people import Person
from shared.database import is_transient
from shared.messaging import Envelope
from shared.service import Listening, Runtime
from shared.telemetry import logger

log = logger(__name__)

GATHER_SECONDS = 0.2  # one decision says several things; a page is told once
HEARD_AT_MOST = 10_000  # events not yet passed on; more than that, and pages read everything again


class ChangeView(BaseModel):
    """Something happened to a request. `topic` is the event's name in docs/asyncapi.json."""

    request_id: UUID
    topic: str


class ChangesView(BaseModel):
    changes: list[ChangeView]


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


class Page:
    """One open page: whose it is, and what it has not been told yet."""

    def __init__(self, live: "Live", person_id: UUID, session: str) -> None:
        self.person_id = person_id
        self.session = session
        self._live = live
        self._changes: dict[tuple[UUID, str], None] = {}
        self._missed = False
        self._ended = False
        self._closed = False
        self._woken = asyncio.Event()

    def tell(self, request_id: UUID, topic: str) -> None:
        self._changes[request_id, topic] = None
        self._woken.set()

    def miss(self) -> None:
        self._missed = True
        self._woken.set()

    def end(self) -> None:
        """Its session is over."""
        self._ended = True
        self._woken.set()

    def close(self) -> None:
        """The server stops: the page comes back to another one, or to this one later."""
        self._closed = True
        self._woken.set()

    async def news(self) -> AsyncIterator[bytes]:
        """The stream's text, until the page leaves or its session ends."""
        self._live.enter(self)
        try:
            yield b": open\n\n"
            while not self._closed:
                try:
                    async with asyncio.timeout(self._live.look_seconds):
                        await self._woken.wait()
                except TimeoutError:
                    if await self._live.session_lives(self.session):
                        yield b": here\n\n"
                    else:
                        self._ended = True
                if self._ended:
                    yield _message("ended", "{}")
                    return
                self._woken.clear()
                if self._missed:
                    self._missed = False
                    self._changes.clear()
                    yield _message("missed", "{}")
                elif changes := self._take():
                    yield _message("changed", changes.model_dump_json())
        finally:
            self._live.leave(self)

    def _take(self) -> ChangesView | None:
        taken, self._changes = self._changes, {}
        changes = [ChangeView(request_id=request, topic=topic) for request, topic in taken]
        return ChangesView(changes=changes) if changes else None


class Live:
    """The pages that are open at this gateway, and what was overheard for them."""

    def __init__(self, runtime: Runtime) -> None:
        self.look_seconds: float = runtime.settings.live_look_seconds
        self._most: int = runtime.settings.live_pages_per_person
        self._runtime = runtime
        self._pages: dict[UUID, set[Page]] = {}
        self._heard: list[Envelope] = []
        self._woken = asyncio.Event()

    def open(self, person_id: UUID, session: str) -> Page:
        """`session` is the digest of its id. Raises: TooManyPages."""
        if len(self._pages.get(person_id, ())) >= self._most:
            raise TooManyPages
        return Page(self, person_id, session)

    def enter(self, page: Page) -> None:
        self._pages.setdefault(page.person_id, set()).add(page)

    def leave(self, page: Page) -> None:
        pages = self._pages.get(page.person_id, set())
        pages.discard(page)
        if not pages:
            self._pages.pop(page.person_id, None)

    def end(self, session: str) -> None:
        for page in self._all():
            if page.session == session:
                page.end()

    def hear(self, envelope: Envelope) -> None:
        if not self._pages:
            return
        if len(self._heard) >= HEARD_AT_MOST:
            self._heard.clear()
            self.missed()
        self._heard.append(envelope)
        self._woken.set()

    def missed(self) -> None:
        for page in self._all():
            page.miss()

    async def session_lives(self, session: str) -> bool:
        """Looks without touching: a page that is merely open does not keep its person signed in."""
        try:
            async with self._runtime.transaction() as tx:
                return await queries.visitor(tx, session) is not None
        except Exception as error:
            if is_transient(error):
                return True  # not known just now; looked at again soon
            raise

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Live"]:
        tasks = [asyncio.create_task(self._pass_on()), asyncio.create_task(self._close_in_time())]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _close_in_time(self) -> None:
        await self._runtime.stopping.wait()
        for page in self._all():
            page.close()

    async def _pass_on(self) -> None:
        while True:
            await self._woken.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._woken.clear()
            heard, self._heard = self._heard, []
            try:
                await self._tell(heard)
            except Exception as error:
                if not is_transient(error):
                    log.exception("live_failed")
                self.missed()

    async def _tell(self, heard: list[Envelope]) -> None:
        """To those who may read the request, and to those whom the event itself names."""
        about = [(envelope.topic, *_about(envelope)) for envelope in heard]
        requests = {request for _, request, _ in about if request is not None}
        if not requests:
            return
        people = list(self._pages)
        async with self._runtime.transaction() as tx:
            readers, overseers = await queries.readers_among(tx, requests, people)
        for topic, request, named in about:
            if request is None:
                continue
            for person, pages in list(self._pages.items()):
                if person in overseers or person in named or (request, person) in readers:
                    for page in pages:
                        page.tell(request, topic)

    def _all(self) -> list[Page]:
        return [page for pages in self._pages.values() for page in pages]


def _about(envelope: Envelope) -> tuple[UUID | None, set[UUID]]:
    """The request an event is about, and the people it names: its readers, perhaps new ones."""
    kind = event_type(envelope.topic)
    if kind is None:
        return None, set()
    with suppress(ValidationError):  # of a newer version: what follows it will be understood
        event = kind.decode(envelope.body)
        return getattr(event, "request_id", None), {person.id for person in _people(event)}
    return None, set()


def _people(event: BaseModel) -> Iterator[Person]:
    for _, value in event:
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Person):
                yield each


def _message(name: str, data: str) -> bytes:
    return f"event: {name}\ndata: {data}\n\n".encode()


LISTENING = Listening(
    topics=("request.#", "workflow.#", "document.#"),
    hear=lambda runtime, envelope: runtime.own.live.hear(envelope),
    missed=lambda runtime: runtime.own.live.missed(),
)
