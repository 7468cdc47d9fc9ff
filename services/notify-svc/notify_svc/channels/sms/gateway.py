"""SMS by a gateway that a file describes: a campus platform, 云MAS, whatever speaks HTTP."""

import hmac
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from notify_svc.channels import (
    Answer,
    Callback,
    Carrier,
    Equipment,
    Fate,
    Heard,
    Parcel,
    Receipt,
    Sent,
    Wire,
)
from notify_svc.channels import verdict as verdicts
from notify_svc.channels.http import Answer as HttpAnswer
from notify_svc.channels.http import NoAnswer, NotSent, NotUnderstood, Web
from notify_svc.channels.sms import gateway_answer, texts
from notify_svc.channels.sms.gateway_description import (
    AnswerPart,
    Description,
    GatewaySettings,
    Meaning,
    QueryPart,
    RequestPart,
)
from notify_svc.channels.sms.gateway_request import BadDescription, Words, filled, request
from notify_svc.channels.sms.numbers import NotMobile, e164, national
from notify_svc.channels.sms.pulling import pulled
from notify_svc.channels.sms.receipt_key import check_receipt_key
from notify_svc.channels.sms.segments import signed
from notify_svc.channels.verdict import Verdict
from notify_svc.domain import Kind, Message
from notify_svc.errors import BadCallback, NoCallbacks
from notify_svc.outcomes import Capabilities, Outcome, Result
from shared.contracts.notify import Channel

CHINA = timezone(timedelta(hours=8))
NOBODY = "13800000000"
NOT_SHOWN = "•••"  # in place of a secret, in a preview
TEMPLATE_VARIABLE = 35

MEANINGS: Mapping[Meaning, Verdict] = {
    Meaning.TAKEN: verdicts.TAKEN,
    Meaning.RECIPIENT: verdicts.recipient("the gateway cannot reach this number"),
    Meaning.ENOUGH: verdicts.enough("this number has got enough for today"),
    Meaning.CONTENT: verdicts.content("the gateway does not take this text"),
    Meaning.TEMPLATE: verdicts.template("the gateway does not take this template"),
    Meaning.SETTINGS: verdicts.settings("the gateway refuses our account or settings"),
    Meaning.BUSY: verdicts.busy("the gateway is in trouble"),
    Meaning.SLOWER: verdicts.slower("this number has got enough for now", timedelta(minutes=1)),
    Meaning.SPENT: verdicts.spent("the gateway takes no more today"),
    Meaning.UNCLEAR: verdicts.unclear("the gateway does not know what became of it"),
}


@asynccontextmanager
async def opened(settings: GatewaySettings, equipment: Equipment) -> AsyncIterator["SmsGateway"]:
    """Raises: what `GatewaySettings.description` does, and BadDescription."""
    web = Web()
    try:
        yield SmsGateway(settings, settings.description(), equipment, web)
    finally:
        await web.close()


class SmsGateway(Carrier):
    channel = Channel.SMS

    def __init__(
        self, settings: GatewaySettings, description: Description, equipment: Equipment, web: Web
    ) -> None:
        self.settings = settings
        self.description = description
        self.provider = description.name
        self.capabilities = _capabilities(description)
        self.sends_only_approved = description.needs_template
        self._templates = equipment.templates
        self._web = web
        self._secrets = {name: key.get_secret_value() for name, key in settings.secrets.items()}

    def problems(self, kind: Kind, message: Message) -> Sequence[str]:
        found = list(texts.problems(message.text, self.description.signature))
        if self.description.needs_template:
            template = self._templates.get(kind)
            limit = TEMPLATE_VARIABLE
            found += texts.template_problems(template, kind, message, variable_limit=limit)
        return found

    def render(self, parcel: Parcel) -> Wire:
        hidden = dict.fromkeys(self._secrets, NOT_SHOWN)
        words = self._words(parcel, hidden, parcel.written_at)
        made = request(self.description.request, words, instead=self.settings.url)
        remarks = texts.remarks(parcel, self.description.signature)
        if made.body is None:
            query = "&".join(f"{name}={value}" for name, value in made.query.items())
            return Wire("text/plain", query.encode(), remarks)
        return Wire(made.headers["content-type"], made.body, remarks)

    async def send(self, parcel: Parcel) -> Result:
        try:
            words = self._words(parcel, self._secrets, datetime.now(UTC))
        except NotMobile as error:
            return verdicts.recipient(str(error)).result("")
        except texts.NotApproved as error:
            return verdicts.template(str(error)).result("")
        part = self.description.answer
        result, answer = await self._ask(self.description.request, part, words)
        if answer is None or result.outcome is not Outcome.ACCEPTED:
            return result
        value = gateway_answer.content(part, answer.body)
        message_id = part.message_id and gateway_answer.text(
            gateway_answer.at(value, part.message_id)
        )
        return replace(result, message_id=message_id or None)

    async def reconcile(self, sent: Sent) -> Result:
        query = self.description.query
        if query is None or not (sent.message_id or query.finds_by_delivery):
            return Result(Outcome.UNKNOWN, "the gateway cannot be asked about it")
        result, found = await self._reports(query, sent)
        if result.outcome is not Outcome.ACCEPTED:
            return verdicts.unanswered_question(result)
        if not found:
            return Result(Outcome.NOT_SENT, "the gateway has never seen it")
        (report, *_) = found
        match report.fate:
            case None:
                return Result(Outcome.ACCEPTED, message_id=report.message_id)
            case Fate.REACHED:
                return Result(Outcome.DELIVERED, message_id=report.message_id)
        return Result(Outcome.REFUSED, report.receipt().reason, code=report.status[:40])

    async def pull_receipts(self, without: Sequence[Sent]) -> Sequence[Receipt]:
        if self.description.query is None:
            return ()
        return await pulled(self._receipts_of, [sent for sent in without if sent.message_id])

    async def _receipts_of(self, sent: Sent) -> Sequence[Receipt]:
        query = self.description.query
        if query is None:
            return ()
        _result, found = await self._reports(query, sent)
        return [report.receipt() for report in found if report.fate is not None]

    async def check(self) -> Sequence[str]:
        """Whether the description can be worked out; most gateways have no question to ask."""
        example = Message("", "测试")
        parcel = Parcel(UUID(int=0), NOBODY, "", example, datetime.now(UTC), kind=Kind.URGED)
        if self.description.needs_template:
            return ()
        try:
            self.render(parcel)
        except BadDescription as error:
            return [f"the description: {error}"]
        return ()

    async def parse_callback(self, callback: Callback) -> Heard:
        pushed = self.description.pushed
        if pushed is None:
            raise NoCallbacks
        check_receipt_key(self.settings.receipt_key, callback)
        try:
            value = (
                dict(callback.query)
                if pushed.format == "query"
                else gateway_answer.structure(pushed.format, callback.body)
            )
            self._check_proof(value, callback)
            found = gateway_answer.reports(pushed.reports, value)
        except NotUnderstood:
            raise BadCallback from None
        receipts = [report.receipt() for report in found if report.fate is not None]
        return Heard(Answer(pushed.answer.encode(), pushed.answer_type), receipts=receipts)

    def _check_proof(self, value: object, callback: Callback) -> None:
        """Raises: BadCallback."""
        proof = self.description.pushed and self.description.pushed.proof
        if not proof:
            return
        given = (
            callback.headers.get(proof.header.lower(), "")
            if proof.header is not None
            else gateway_answer.text(gateway_answer.at(value, proof.field))
        )
        words: dict[str, object] = {"body": callback.body.decode("utf-8", "replace")}
        words |= {"field": value, "query": callback.query, "secret": self._secrets}
        try:
            expected = filled(proof.value, words)
        except BadDescription:
            raise BadCallback from None
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise BadCallback

    def _words(self, parcel: Parcel, keys: Mapping[str, str], at: datetime) -> dict[str, object]:
        """Raises: NotMobile, NotApproved."""
        number, description = e164(parcel.to), self.description
        template, text = self._templates.get(parcel.kind), parcel.message.text
        variables: Mapping[str, str] = {}
        if description.needs_template:
            template = texts.approved(template, parcel.kind)
            variables = texts.variables(template, text)
        return {
            "mobile": national(number),
            "e164": number,
            "text": signed(description.signature, text) if description.in_text else text,
            "signature": description.signature,
            "kind": str(parcel.kind),
            "template": template.id if template is not None else "",
            "variables": variables,
            "delivery_id": parcel.delivery_id.hex,
            "message_id": "",
            **_times(at),
            "nonce": secrets.token_hex(16),
            "secret": keys,
        }

    async def _reports(
        self, query: QueryPart, sent: Sent
    ) -> tuple[Result, list[gateway_answer.Report]]:
        """What the gateway has about this message, and nothing about others."""
        try:
            words = self._words(sent.parcel, self._secrets, datetime.now(UTC))
        except ValueError as error:
            return verdicts.recipient(str(error)).result(""), []
        words["message_id"] = sent.message_id or ""
        words["day"] = sent.attempted_at.astimezone(CHINA).strftime("%Y%m%d")
        result, answer = await self._ask(query.request, query.answer, words)
        if answer is None or result.outcome is not Outcome.ACCEPTED:
            return result, []
        try:
            value = gateway_answer.content(query.answer, answer.body)
            found = gateway_answer.reports(query.reports, value)
        except NotUnderstood as error:
            return verdicts.not_understood(answer, error), []
        ours = sent.parcel.delivery_id
        return result, [
            report
            for report in found
            if report.delivery_id == ours
            or (sent.message_id is not None and report.message_id == sent.message_id)
        ]

    async def _ask(
        self, part: RequestPart, answer_part: AnswerPart, words: Words
    ) -> tuple[Result, HttpAnswer | None]:
        try:
            made = request(part, words, instead=self.settings.url)
            answer = await self._web.ask(
                made.method,
                made.url,
                query=made.query,
                headers=made.headers,
                body=made.body,
                seconds=self.settings.seconds,
            )
        except BadDescription as error:
            return verdicts.settings(f"the description: {error}").result(""), None
        except (NotSent, NoAnswer) as error:
            return verdicts.without_answer(error), None
        return _result(answer_part, answer), answer


def _result(part: AnswerPart, answer: HttpAnswer) -> Result:
    """The gateway's own code where it gives one; or else what the status says."""
    try:
        value = gateway_answer.content(part, answer.body)
    except NotUnderstood as error:
        return _of_status(answer) or verdicts.not_understood(answer, error)
    code = gateway_answer.text(gateway_answer.at(value, part.code))
    if code in part.taken and answer.status < 400:
        return verdicts.TAKEN.result(code)
    if code in part.codes:
        return MEANINGS[part.codes[code]].result(code, answer=answer)
    refused = _of_status(answer)
    return refused or MEANINGS[part.otherwise].result(code, answer=answer)


def _of_status(answer: HttpAnswer) -> Result | None:
    code = f"HTTP {answer.status}"
    if answer.status in (401, 403):
        return MEANINGS[Meaning.SETTINGS].result(code, answer=answer)
    decided = verdicts.of_status(answer)
    if decided is None and answer.status >= 400:
        return MEANINGS[Meaning.CONTENT].result(code, answer=answer)
    return decided


def _capabilities(description: Description) -> Capabilities:
    seconds, query = description.recognises_seconds, description.query
    return Capabilities(
        recognises=timedelta(seconds=seconds) if seconds is not None else None,
        can_be_asked=query is not None and query.finds_by_delivery,
        receipts=description.pushed is not None or query is not None,
    )


def _times(at: datetime) -> dict[str, object]:
    local = at.astimezone(CHINA)
    return {
        "timestamp": int(at.timestamp()),
        "milliseconds": int(at.timestamp() * 1000),
        "now": local.strftime("%Y%m%d%H%M%S"),
        "day": local.strftime("%Y%m%d"),
    }
