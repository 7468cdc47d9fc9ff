"""What comes through the door: who is let in, what is told to the services, what goes out."""

import asyncio
import json
import tracemalloc
from ipaddress import ip_network

import aiohttp
import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from gateway.service import SERVICE
from shared.database import Database
from shared.identity import IdentityVerifier
from shared.run import application
from shared.service import prepared
from tests.service.gateway.conftest import ORIGIN, PASSWORD, browser, person, sign_in

MEBIBYTE = 2**20
CHUNK = b"x" * 65536
SECURE_ORIGIN = "https://hall.example.edu"


@pytest.fixture
def database_url(tmp_path):
    """One kind will do: what the door asks of it, test_signing_in.py asks of both."""
    return f"sqlite+aiosqlite:///{tmp_path / 'gateway.db'}"


async def echo(scope, receive, send):
    """Answers what it was asked, and tries what no service may: setting a cookie."""
    message = await receive()
    seen = {
        "path": scope["path"],
        "raw_path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "body": message.get("body", b"").decode(),
        "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
    }
    await JSONResponse(seen, headers={"set-cookie": "sid=mine"})(scope, receive, send)


def token_in(answer: httpx.Response) -> str:
    scheme, _, token = answer.json()["headers"]["authorization"].partition(" ")
    assert scheme == "Bearer"
    return token


async def test_a_service_is_told_who_asks_and_can_prove_it(gateway, tmp_path):
    public = tmp_path / "keys" / "identity.pub.pem"
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        await sign_in(client)
        answer = await client.get("/api/request/requests?status=returned")
        assert answer.json()["path"] == "/requests"
        assert answer.json()["query"] == "status=returned"
        user = IdentityVerifier(public, audience="request").user(token_in(answer))
        assert (user.id, user.name) == (person("wangfang").person_id, "王芳")


async def test_nobody_is_passed_on_as_nobody(gateway):
    async with gateway({"document": echo}) as trial, browser(trial) as client:
        for cookie in ("", "sid=invented"):
            answer = await client.get("/api/document/verifications/1", headers={"cookie": cookie})
            assert answer.status_code == 200
            assert "authorization" not in answer.json()["headers"]


async def test_whoever_left_is_nobody_to_the_services_at_once(gateway):
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        await sign_in(client)
        assert "authorization" in (await client.get("/api/request/x")).json()["headers"]
        await trial.deliver(person("wangfang", active=False))
        assert "authorization" not in (await client.get("/api/request/x")).json()["headers"]


async def test_whoever_signed_out_is_nobody_to_the_services_at_once(gateway):
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        await sign_in(client)
        kept = {"cookie": f"sid={client.cookies['sid']}"}
        await client.get("/api/request/x")
        await client.delete("/api/session")
        answer = await client.get("/api/request/x", headers=kept)
        assert "authorization" not in answer.json()["headers"]


async def test_two_people_are_not_taken_for_one_another(gateway, tmp_path):
    async with (
        gateway({"request": echo}, people=("wangfang", "lina")) as trial,
        browser(trial) as wang,
        browser(trial) as li,
    ):
        verifier = IdentityVerifier(tmp_path / "keys" / "identity.pub.pem", audience="request")
        await sign_in(wang, "wangfang")
        await sign_in(li, "lina")
        for client, login in ((wang, "wangfang"), (li, "lina"), (wang, "wangfang")):
            user = verifier.user(token_in(await client.get("/api/request/x")))
            assert user.id == person(login).person_id


async def test_what_a_caller_claims_to_be_is_not_passed_on(gateway):
    spoofed = {
        "authorization": "Bearer stolen",
        "x-user-id": "1",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-user": "root",
        "forwarded": "for=127.0.0.1",
        "x-real-ip": "127.0.0.1",
        "x-correlation-id": "mine",
        "x-request-id": "mine",
        "cookie": "sid=x; other=y",
        "proxy-authorization": "Basic eDp5",
    }
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        answer = await client.get("/api/request/requests", headers=spoofed)
        seen = answer.json()["headers"]
        assert seen.keys() & spoofed.keys() == {"x-correlation-id"}
        assert seen["x-correlation-id"] == answer.headers["x-correlation-id"] != "mine"


async def test_a_service_sets_no_cookies(gateway):
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        assert "set-cookie" not in (await client.get("/api/request/requests")).headers


@pytest.mark.parametrize(
    ("path", "raw_path", "decoded"),
    [
        ("/api/request", "/", "/"),
        ("/api/request/", "/", "/"),
        ("/api/request/a%2Fb/%E4%B8%AD", "/a%2Fb/%E4%B8%AD", "/a/b/中"),
        ("/api/request//x", "//x", "//x"),
    ],
)
async def test_a_path_arrives_as_it_was_written(gateway, path, raw_path, decoded):
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        seen = (await client.get(path)).json()
        assert (seen["raw_path"], seen["path"]) == (raw_path, decoded)


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/nothing", "/api/nothing/x", "/api/request%2Fx", "/api/session/x"],
)
async def test_an_unknown_api_path_is_not_found_and_never_a_page(gateway, tmp_path, path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("portal", "utf-8")
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        answer = await client.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"


async def test_everything_else_is_the_portals(gateway, tmp_path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("portal", "utf-8")
    async with gateway() as trial, browser(trial) as client:
        for path in ("/", "/tasks/1", "/apiary"):
            answer = await client.get(path, headers={"accept": "text/html"})
            assert (answer.status_code, answer.text) == (200, "portal")


async def test_a_page_names_its_data_to_those_who_are_signed_in(gateway, tmp_path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("portal", "utf-8")
    needs = {"/tasks/{id}": {"scripts": [], "styles": [], "data": ["/api/workflow/tasks/{id}"]}}
    (tmp_path / "dist" / "at-once.json").write_text(json.dumps(needs), "utf-8")
    async with gateway() as trial, browser(trial) as client:
        before = await client.get("/tasks/1", headers={"accept": "text/html"})
        await sign_in(client)
        signed_in = await client.get("/tasks/1", headers={"accept": "text/html"})
    assert "link" not in before.headers
    assert signed_in.headers["link"].startswith("</api/workflow/tasks/1>; rel=preload; as=fetch")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
    ],
)
async def test_a_change_that_another_site_starts_is_refused(gateway, headers):
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        await sign_in(client)
        for method, path in (("POST", "/api/request/drafts"), ("DELETE", "/api/session")):
            answer = await client.request(method, path, headers=headers)
            assert answer.status_code == 403
            assert answer.json()["code"] == "cross_site"
        assert (await client.get("/api/session")).status_code == 200


async def test_a_change_without_origin_but_with_a_cookie_is_refused(gateway):
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        await sign_in(client)
        del client.headers["origin"]
        assert (await client.post("/api/request/drafts")).status_code == 403
        client.cookies.clear()
        assert (await client.post("/api/request/drafts")).status_code == 200


async def test_over_https_the_same_host_without_it_is_another_site(gateway):
    async with (
        gateway({"request": echo}, https=True) as trial,
        browser(trial, origin=SECURE_ORIGIN) as client,
    ):
        assert (await client.post("/api/request/drafts")).status_code == 200
        answer = await client.post("/api/request/drafts", headers={"origin": ORIGIN})
        assert answer.status_code == 403


async def test_every_response_carries_the_security_headers(gateway):
    paths = ("/", "/assets/gone.js", "/api/request/x", "/api/session", "/api/none", "/healthz")
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        answers = [await client.get(path) for path in paths]
        answers.append(await client.post("/api/session", headers={"origin": "https://evil"}))
        for answer in answers:
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self';")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert "strict-transport-security" not in answer.headers
            assert len(answer.headers["x-correlation-id"]) == 32
        assert answers[2].headers["cache-control"] == "no-store"


async def test_over_https_the_cookie_and_the_headers_say_so(gateway):
    async with gateway(https=True) as trial, browser(trial, origin=SECURE_ORIGIN) as client:
        answer = await sign_in(client)
        assert answer.headers["set-cookie"].startswith("__Host-sid=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        assert (await client.get("/api/session")).status_code == 200


async def test_a_service_cannot_weaken_the_security_headers(gateway):
    async def lax(scope, receive, send):
        headers = {"content-security-policy": "default-src *", "cache-control": "private"}
        await PlainTextResponse("x", headers=headers)(scope, receive, send)

    async with gateway({"document": lax}) as trial, browser(trial) as client:
        answer = await client.get("/api/document/x")
        assert answer.headers.get_list("content-security-policy") == [
            (await client.get("/healthz")).headers["content-security-policy"]
        ]
        assert answer.headers["cache-control"] == "private"


async def test_only_the_networks_on_the_list_are_let_in(gateway):
    networks = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    async with gateway({"request": echo}, allowed_networks=networks) as trial:
        for address in ("192.0.2.7", "2001:db8::5", "::ffff:192.0.2.9"):
            async with browser(trial, address=address) as inside:
                assert (await inside.get("/api/request/x")).status_code == 200
        async with browser(trial, address="198.51.100.1") as outside:
            spoofed = {"x-forwarded-for": "192.0.2.7"}
            answer = await outside.get("/api/request/x", headers=spoofed)
            assert (answer.status_code, answer.json()["code"]) == (403, "outside_network")
            page = await outside.get("/", headers={"accept": "text/html"})
            assert page.status_code == 403
            assert "VPN" in page.text
            assert (await sign_in(outside)).status_code == 403
            assert (await outside.get("/healthz")).status_code == 200


async def test_behind_a_trusted_proxy_the_client_is_the_one_it_names(gateway):
    settings = {
        "allowed_networks": (ip_network("192.0.2.0/24"),),
        "trusted_proxies": (ip_network("10.0.0.0/8"),),
    }
    inside = {"x-forwarded-for": "198.51.100.1, 192.0.2.7"}
    outside = {"x-forwarded-for": "192.0.2.7, 198.51.100.1"}
    async with (
        gateway({"request": echo}, **settings) as trial,
        browser(trial, address="10.0.0.1") as proxy,
    ):
        assert (await proxy.get("/api/request/x", headers=inside)).status_code == 200
        assert (await proxy.get("/api/request/x", headers=outside)).status_code == 403


async def test_the_sign_in_page_learns_what_it_shows(gateway):
    async with gateway(people=()) as trial, browser(trial) as client:
        first = trial.runtime.organisation.demonstration[0]
        await trial.deliver(person(first.login, name="沈知"))
        shown = (await client.get("/api/organisation")).json()
        assert shown["name"] == trial.runtime.organisation.name
        assert shown["home_url"] == "https://portal.chenglan.example"
        assert shown["demonstration_password"] == PASSWORD
        assert shown["demonstration"][0] == {
            "login": first.login,
            "name": "沈知",
            "role": first.role,
        }
        assert shown["demonstration"][1]["name"] is None


async def test_in_earnest_no_account_is_shown(gateway):
    async with gateway(demonstration_password=None) as trial, browser(trial) as client:
        shown = (await client.get("/api/organisation")).json()
        assert shown["demonstration"] == []
        assert shown["demonstration_password"] is None


async def test_a_database_that_is_away_is_said_so_and_nobody_becomes_nobody(gateway, tmp_path):
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        await sign_in(client)
        working = trial.runtime.database
        trial.runtime.database = Database(f"sqlite+aiosqlite:///{tmp_path}")  # a folder, no file
        answer = await client.get("/api/request/requests")
        assert answer.status_code == 503
        assert answer.json()["code"] == "unavailable"
        trial.runtime.database = working
        assert (await client.get("/api/request/requests")).status_code == 200


async def test_bodies_stream_through_to_an_application_of_the_same_process(gateway, listening):
    total = 64 * MEBIBYTE
    begun = asyncio.Event()

    async def service(_scope, receive, send):
        received, more = 0, True
        while more:
            message = await receive()
            received += len(message.get("body", b""))
            more = message.get("more_body", False)
            if received:
                begun.set()
        start = {"type": "http.response.start", "status": 200}
        await send(start | {"headers": [(b"x-received", str(received).encode())]})
        for _ in range(total // len(CHUNK)):
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def pieces():
        yield CHUNK
        await begun.wait()  # a gateway that collects the body never gets past this
        for _ in range(total // len(CHUNK) - 1):
            yield CHUNK

    async with (
        gateway({"request": service}) as trial,
        listening(trial.app) as url,
        aiohttp.ClientSession() as client,
    ):
        tracemalloc.start()
        async with client.post(f"{url}/api/request/drafts/1/files", data=pieces()) as answer:
            assert answer.headers["x-received"] == str(total)
            downloaded = 0
            async for chunk in answer.content.iter_any():
                downloaded += len(chunk)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert downloaded == total
    assert peak < 16 * MEBIBYTE


async def test_a_service_in_another_process_is_reached_by_its_url(gateway, listening, tmp_path):
    """The same manifest as in production: upstreams are URLs, the service verifies the token."""
    async with gateway() as trial, listening(echo) as url:
        settings = trial.runtime.settings.model_copy(update={"upstreams": {"request": url}})
        async with prepared(SERVICE, settings) as runtime:
            trial.app = application(runtime)
            async with browser(trial) as client:
                await sign_in(client)
                answer = await client.post("/api/request/drafts?x=1", content=b"body")
                assert answer.json()["body"] == "body"
                assert answer.json()["raw_path"] == "/drafts"
                public = tmp_path / "keys" / "identity.pub.pem"
                user = IdentityVerifier(public, audience="request").user(token_in(answer))
                assert user.name == "王芳"


@pytest.mark.parametrize("path", ["metrics", "%6Detrics", "healthz", "readyz"])
async def test_what_is_for_the_operators_network_alone_is_not_let_through(gateway, path):
    async with gateway({"request": echo}) as trial, browser(trial) as client:
        answer = await client.get(f"/api/request/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (await client.get("/api/request/metrics-of-the-year")).status_code == 200
