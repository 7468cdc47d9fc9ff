"""Message providers get in without a session, and bring nothing but what they send."""

from ipaddress import ip_network
from typing import Any

from fastapi import FastAPI, Request

from tests.service.gateway.conftest import Gateway, browser, sign_in

WECHAT = "/api/notify/callbacks/wechat"
OUTSIDE = "198.51.100.1"


def notify() -> FastAPI:
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def echo(request: Request) -> dict[str, Any]:
        return {"headers": dict(request.headers), "body": (await request.body()).decode()}

    return app


async def heard(trial: Any, path: str = WECHAT, **request: Any) -> dict[str, Any]:
    async with browser(trial, address=OUTSIDE) as provider:
        del provider.headers["origin"]
        answer = await provider.post(path, **request)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found


async def test_a_provider_may_call_from_outside_the_campus(gateway: Gateway) -> None:
    campus = (ip_network("192.0.2.0/24"),)
    async with gateway({"notify": notify()}, allowed_networks=campus) as trial:
        assert (await heard(trial, content="<xml/>"))["body"] == "<xml/>"
        async with browser(trial, address=OUTSIDE) as outside:
            for path in (
                "/api/notify/dev-inbox",
                "/api/notify/callbacks/",
                "/api/notify/callbacks/wechat/../../dev-inbox",
                "/api/notify/callbacks/wechat/x",
                "/api/request/callbacks/wechat",
                "/callbacks/wechat",
            ):
                assert (await outside.get(path)).status_code == 403


async def test_its_signature_comes_through_and_nobodys_identity(gateway: Gateway) -> None:
    headers = {
        "x-signature": "abc",
        "x-forwarded-for": "192.0.2.1",
        "x-real-ip": "192.0.2.1",
        "authorization": "Bearer made-up",
        "proxy-authorization": "x",
    }
    async with gateway({"notify": notify()}) as trial:
        told = (await heard(trial, headers=headers, content=""))["headers"]
        assert told["x-signature"] == "abc"
        assert not {"x-forwarded-for", "x-real-ip", "authorization", "cookie"} & set(told)
        async with browser(trial, address=OUTSIDE) as client:
            await sign_in(client)
            mine = await client.post(WECHAT)
            assert "authorization" not in mine.json()["headers"]
            elsewhere = await client.post("/api/notify/x", headers={"x-signature": "abc"})
            assert "x-signature" not in elsewhere.json()["headers"]
            assert "authorization" in elsewhere.json()["headers"]


async def test_more_than_any_provider_sends_is_refused(gateway: Gateway) -> None:
    async with gateway({"notify": notify()}) as trial, browser(trial) as client:
        answer = await client.post(WECHAT, content=b"x" * (64 * 1024 + 1))
        assert (answer.status_code, answer.json()["code"]) == (413, "callback_too_large")
        assert (await client.post(WECHAT, content=b"x" * 64 * 1024)).status_code == 200
        answer = await client.post(WECHAT, headers={"content-length": "-1"})
        assert answer.status_code == 413


async def test_more_often_than_any_provider_calls_is_refused(gateway: Gateway) -> None:
    async with gateway({"notify": notify()}, callbacks_per_minute=3) as trial:
        for _ in range(3):
            await heard(trial)
        async with browser(trial, address=OUTSIDE) as client:
            answer = await client.post(WECHAT)
            assert (answer.status_code, answer.json()["code"]) == (429, "too_many_callbacks")
            assert (await client.get("/api/notify/x")).status_code == 200
        async with browser(trial, address="203.0.113.1") as other:
            assert (await other.post(WECHAT)).status_code == 200
