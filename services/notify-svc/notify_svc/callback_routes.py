"""The providers' way in. Nobody is signed in here: each carrier checks who calls.

A call is answered when what it says is committed; a provider that gets no answer calls again, and
what is told twice counts once.
"""

from fastapi import APIRouter, Request, Response

from notify_svc import receipts
from notify_svc.channels import Callback
from notify_svc.errors import CallbackTooLarge, NoCallbacks
from notify_svc.post_room import PostRoom
from shared.telemetry import logger
from shared.web import CurrentRuntime

log = logger(__name__)

router = APIRouter()

LARGEST = 64 * 1024  # bytes


@router.api_route("/callbacks/{provider}", methods=["GET", "POST"], include_in_schema=False)
async def callback(provider: str, request: Request, runtime: CurrentRuntime) -> Response:
    """What the provider sends, in its own form, and answered in its own form."""
    post_room: PostRoom = runtime.own
    carrier = post_room.by_provider(provider)
    if carrier is None:
        raise NoCallbacks
    call = Callback(
        method=request.method,
        query=dict(request.query_params),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await _body(request),
        received_at=runtime.clock(),
    )
    heard = await carrier.parse_callback(call)
    if heard.receipts or heard.also:
        async with runtime.transaction() as tx:
            await receipts.keep(tx, carrier, heard.receipts)
            for action in heard.also:
                await action(tx)
    answer = heard.answer
    return Response(answer.body, answer.status, media_type=answer.media_type)


async def _body(request: Request) -> bytes:
    """Raises: CallbackTooLarge."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise CallbackTooLarge
    return body
