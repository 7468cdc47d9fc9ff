"""The public check of sheets may be asked so often from one network, and no more."""

from typing import Any

from fastapi import FastAPI

from tests.service.gateway.conftest import Gateway, browser

CODE = "/api/document/verifications/" + "a" * 26


def document() -> FastAPI:
    app = FastAPI()

    @app.get("/verifications/{code}")
    async def verify(code: str) -> dict[str, str]:
        return {"code": code}

    @app.get("/requests")
    async def requests() -> dict[str, str]:
        return {}

    return app


async def statuses(trial: Any, address: str, path: str = CODE, *, times: int) -> list[int]:
    async with browser(trial, address=address) as client:
        return [(await client.get(path)).status_code for _ in range(times)]


async def test_a_guesser_is_told_when_to_come_back(gateway: Gateway) -> None:
    async with gateway({"document": document()}, public_checks_per_minute=3) as trial:
        assert await statuses(trial, "192.0.2.7", times=3) == [200] * 3
        async with browser(trial, address="192.0.2.7") as client:
            refused = await client.get(CODE)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_checks")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.json()["retry_after_seconds"] == int(refused.headers["retry-after"])


async def test_others_and_other_pages_are_not_held_up(gateway: Gateway) -> None:
    async with gateway({"document": document()}, public_checks_per_minute=1) as trial:
        assert await statuses(trial, "192.0.2.7", times=2) == [200, 429]
        assert await statuses(trial, "192.0.2.8", times=1) == [200]
        assert await statuses(trial, "192.0.2.7", "/api/document/requests", times=3) == [200] * 3


async def test_a_network_of_ipv6_addresses_counts_as_one(gateway: Gateway) -> None:
    async with gateway({"document": document()}, public_checks_per_minute=2) as trial:
        assert await statuses(trial, "2001:db8::1", times=1) == [200]
        assert await statuses(trial, "2001:db8::ffff", times=2) == [200, 429]
        assert await statuses(trial, "2001:db8:0:1::1", times=1) == [200]


async def test_no_other_spelling_of_the_path_gets_round_the_limit(gateway: Gateway) -> None:
    async with gateway({"document": document()}, public_checks_per_minute=1) as trial:
        assert await statuses(trial, "192.0.2.7", times=1) == [200]
        for path in (
            CODE.replace("verifications", "%76erifications"),
            CODE.replace("/verifications", "//verifications"),
            CODE.replace("/verifications", "/./verifications"),
        ):
            [status] = await statuses(trial, "192.0.2.7", path, times=1)
            assert status != 200, path
