"""The bytes that a mail server gets."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from notify_svc.channels import Parcel
from notify_svc.channels.mail import From, Mail, MailSettings, compose
from notify_svc.channels.mail.letter import as_data
from notify_svc.domain import Kind, Message
from notify_svc.outcomes import Outcome

SENDER = From("process@chenglan.example", "澄岚大学", ZoneInfo("Asia/Shanghai"))
DELIVERY = UUID("01890000-0000-7000-8000-000000000001")


def parcel(
    *,
    to: str = "lukun@chenglan.example",
    subject: str = "您有新的任务需要处理",
    name: str = "陆坤",
) -> Parcel:
    return Parcel(
        delivery_id=DELIVERY,
        to=to,
        person_name=name,
        message=Message(subject, "请办理。\n.\n第三行", "<p>请办理。</p>"),
        written_at=datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
        kind=Kind.TASK_ASSIGNED,
    )


def test_a_mail_says_who_to_whom_when_and_that_no_person_wrote_it() -> None:
    mail = message_from_bytes(compose(parcel(), SENDER), policy=policy.default)
    assert mail["From"] == "澄岚大学 <process@chenglan.example>"
    assert mail["To"] == "陆坤 <lukun@chenglan.example>"
    assert mail["Subject"] == "您有新的任务需要处理"
    assert mail["Date"].endswith("09:30:00 +0800")
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_has_a_text_and_an_html_part() -> None:
    mail = message_from_bytes(compose(parcel(), SENDER), policy=policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert text.get_content().splitlines() == ["请办理。", ".", "第三行"]
    assert html is not None
    assert html.get_content().strip() == "<p>请办理。</p>"


def test_the_same_delivery_always_has_the_same_message_id_and_date() -> None:
    first, second = (
        message_from_bytes(compose(parcel(), SENDER), policy=policy.default) for _ in range(2)
    )
    assert first["Message-ID"] == f"<{DELIVERY}@chenglan.example>"
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])


def test_the_same_delivery_is_the_same_mail_byte_for_byte() -> None:
    assert compose(parcel(), SENDER) == compose(parcel(), SENDER)


@pytest.mark.parametrize(
    "words",
    [
        "关于“量子通信项目任务书用印”的申请" * 12,
        "𠮷野𡈽" * 40,
        "a plain subject",
        "mixed 中文 and =?utf-8?b?5oKo?= words",
        '“引号”, <括号> & \\ "',
    ],
)
def test_long_and_strange_headers_come_back_as_they_were_on_lines_that_are_short(
    words: str,
) -> None:
    content = compose(parcel(subject=words, name=words), SENDER)
    mail = message_from_bytes(content)
    assert str(make_header(decode_header(mail["Subject"]))) == words
    to = str(make_header(decode_header(mail["To"])))
    assert to.replace("\r\n", "") == f"{words} <lukun@chenglan.example>"
    assert not [part.defects for part in mail.walk() if part.defects]
    assert max(len(line) for line in content.split(b"\r\n")) <= 78
    assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "spoiled",
    [
        parcel(to="a@b.example\r\nBcc: c@d.example"),
        parcel(subject="主题\r\nBcc: c@d.example"),
        parcel(name="某\r\nBcc: c@d.example"),
        parcel(to="not an address"),
        parcel(to="a@b.example, c@d.example"),
        parcel(to=""),
    ],
)
async def test_what_could_smuggle_in_a_header_or_recipient_is_refused_unsent(
    spoiled: Parcel,
) -> None:
    nowhere = MailSettings(host="nowhere.invalid", port=25, starttls=False)
    result = await Mail(nowhere, SENDER).send(spoiled)
    assert result.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (b"A: b\r\n\r\n.\r\n..x\r\n", b"A: b\r\n\r\n..\r\n...x\r\n.\r\n"),
        (b"A: b\r\n\r\nx.", b"A: b\r\n\r\nx.\r\n.\r\n"),
    ],
)
def test_a_dot_at_the_start_of_a_line_does_not_end_the_mail(content: bytes, sent: bytes) -> None:
    assert as_data(content) == sent
