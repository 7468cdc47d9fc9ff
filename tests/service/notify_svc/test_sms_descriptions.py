"""What a gateway's description can say, and what cannot be right in one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web as server
from notify_svc.channels.http import Web
from notify_svc.channels.sms.gateway_description import GatewaySettings
from notify_svc.domain import Kind
from notify_svc.errors import NoCallbacks
from notify_svc.outcomes import Outcome
from notify_svc.provider_templates import ProviderTemplate
from pydantic import ValidationError

from tests.service.notify_svc.accounts import RECEIPT_KEY
from tests.service.notify_svc.cards import an_sms, attempted
from tests.service.notify_svc.test_sms_gateway import opened, pushed
from tests.standins import serving


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    web = Web()
    yield web
    await web.close()


def described(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


MINIMAL = """
name = "minimal"
signature = "北京大学"
[request]
url = "http://sms.example/send"
body = "form"
[request.fields]
to = "{{ mobile }}"
text = "{{ text }}"
[answer]
format = "text"
pattern = "^(?P<code>-?\\\\d+)(,(?P<id>\\\\w+))?"
code = "code"
taken = ["0"]
message_id = "id"
"""


class Plain:
    """A gateway of the old kind: a form, and a line of text."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.forms: list[dict[str, str]] = []
        self.queries: list[dict[str, str]] = []

    def application(self) -> server.Application:
        application = server.Application()
        application.router.add_route("*", "/send", self._take)
        return application

    async def _take(self, request: server.Request) -> server.Response:
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        self.queries.append(dict(request.query))
        return server.Response(text=self.answer)


@pytest.fixture
def minimal(tmp_path: Path) -> Path:
    return described(tmp_path / "minimal.toml", MINIMAL)


async def test_a_gateway_that_takes_a_form_and_answers_with_text(web: Web, minimal: Path) -> None:
    gateway = Plain("0,abc1")
    async with serving(gateway.application()) as url:
        carrier = opened(web, minimal, url, {})
        result = await carrier.send(an_sms())
        assert (result.outcome, result.message_id) == (Outcome.ACCEPTED, "abc1")
        assert gateway.forms == [{"to": "19900000102", "text": an_sms().message.text}]
        gateway.answer = "-3"
        assert (await carrier.send(an_sms())).code == "-3"
        gateway.answer = "hello"
        assert (await carrier.send(an_sms())).outcome is Outcome.UNKNOWN
    assert not carrier.capabilities.can_be_asked
    assert not carrier.capabilities.receipts
    assert (await carrier.reconcile(attempted(an_sms()))).outcome is Outcome.UNKNOWN
    assert await carrier.pull_receipts([attempted(an_sms(), "abc1")]) == ()
    with pytest.raises(NoCallbacks):
        await carrier.parse_callback(pushed(b""))


async def test_a_gateway_that_takes_everything_in_the_query_and_answers_xml(
    web: Web, minimal: Path
) -> None:
    described(
        minimal,
        """
name = "query"
signature = "北京大学"
in_text = true
[request]
method = "GET"
url = "http://sms.example/send"
body = "none"
[request.query]
m = "{{ mobile }}"
c = "{{ text }}"
[answer]
format = "xml"
code = "result"
taken = ["ok"]
message_id = "data.id"
[pushed]
format = "query"
[pushed.reports]
message_id = "id"
status = "s"
reached = ["1"]
""",
    )
    gateway = Plain("<r><result>ok</result><data><id>x7</id></data></r>")
    async with serving(gateway.application()) as url:
        carrier = opened(web, minimal, url, {})
        assert (await carrier.send(an_sms())).message_id == "x7"
        (query,) = gateway.queries
        assert query["c"] == f"【北京大学】{an_sms().message.text}"
        assert "c=【北京大学】" in carrier.render(an_sms()).body.decode()
    query = {"key": RECEIPT_KEY, "id": "x7", "s": "1"}
    heard = await carrier.parse_callback(replace(pushed(b""), method="GET", query=query))
    assert [one.message_id for one in heard.receipts] == ["x7"]


async def test_a_gateway_that_sends_approved_texts_only(web: Web, minimal: Path) -> None:
    text = MINIMAL.replace(
        'signature = "北京大学"', 'signature = "北京大学"\nneeds_template = true'
    )
    text = text.replace('text = "{{ text }}"', 'tid = "{{ template }}"\np = "{{ variables.no }}"')
    described(minimal, text)
    template = ProviderTemplate(id="T9", state=cast("Any", "approved"), text="申请${no}被退回。")
    gateway = Plain("0,a")
    async with serving(gateway.application()) as url:
        carrier = opened(web, minimal, url, {}, urged=template)
        assert (await carrier.send(an_sms(text="申请7被退回。"))).outcome is Outcome.ACCEPTED
        assert gateway.forms == [{"to": "19900000102", "tid": "T9", "p": "7"}]
        refused = await carrier.send(an_sms(text="另一段。"))
        assert (refused.outcome, refused.blame) == (Outcome.REFUSED, "settings")
        assert carrier.problems(Kind.URGED, an_sms(text="另一段。").message)


async def test_a_mistake_in_the_description_is_named(web: Web, minimal: Path) -> None:
    described(minimal, MINIMAL.replace("{{ mobile }}", "{{ mobil }}"))
    carrier = opened(web, minimal, "http://127.0.0.1:1", {})
    result = await carrier.send(an_sms())
    assert (result.outcome, result.at_once) == (Outcome.TROUBLE, True)
    assert "mobil" in result.reason


async def test_a_description_reaches_nothing_but_its_words(web: Web, minimal: Path) -> None:
    for escape in ("{{ text.__class__.__mro__ }}", "{{ ''.__class__ }}", "{{ cycler.__init__ }}"):
        described(minimal, MINIMAL.replace("{{ text }}", escape))
        result = await opened(web, minimal, "http://127.0.0.1:1", {}).send(an_sms())
        assert "description" in result.reason


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "minimal"', 'name = "../callbacks"'),
        ('name = "minimal"', ""),
        ('body = "form"', 'body = "soap"'),
        ('taken = ["0"]', "taken = 0"),
        ('message_id = "id"', 'message_id = "nowhere"'),
        ('format = "text"', 'format = "json"'),
        ("[answer]", "[answer]\nmore = 1"),
        ('code = "code"', 'code = "code"\ncodes = { 1 = "whatever" }'),
        ('message_id = "id"', 'message_id = "id"\n[pushed.reports]\nstatus = "s"\nreached = []'),
    ],
)
def test_a_description_that_cannot_be_right_stops_the_start(
    minimal: Path, old: str, new: str
) -> None:
    assert old in MINIMAL
    described(minimal, MINIMAL.replace(old, new))
    with pytest.raises(ValidationError):
        GatewaySettings(file=minimal).description()
