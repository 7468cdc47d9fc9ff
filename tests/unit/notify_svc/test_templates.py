"""What the messages say; a template that cannot be right stops the service at its start."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from notify_svc.domain import DEFAULT_CHANNELS, Kind
from notify_svc.policy import SMS_INSTEAD
from notify_svc.render import FIELD_LIMITS, FILES, FOLDER, BadTemplate, Templates

from shared.contracts.notify import Channel
from shared.organisation import Organisation

EVERY_MESSAGE = [
    (kind, channel)
    for kind in Kind
    for channel, file in FILES.items()
    if (FOLDER / kind / file).exists()
]
WITH_SMS = [kind for kind, channel in EVERY_MESSAGE if channel is Channel.SMS]
CARDS = [each for each in EVERY_MESSAGE if each[1] in FIELD_LIMITS]


def words(**changes: object) -> dict[str, Any]:
    """Every word that any kind has."""
    return {
        "title": "量子通信项目任务书用印",
        "at": datetime(2020, 2, 16, 3, 42, 11, tzinfo=UTC),
        "link": "https://hall.example.edu/tasks/1",
        "node": "单位办公室工作人员审批",
        "nodes": "会签部门意见",
        "by": "王某",
        "opinion": "第 2 项材料缺少页码",
        "number": "YY20200001",
        "handler_name": "李某",
        "asks": "关于“量子通信项目任务书用印”需要您的审批",
        "remark": "您有新的任务需要处理",
        "initiator": "张某",
        "to": "陈某",
        "unit": "数学科学学院",
        "people": "王某、李某",
        "due_at": datetime(2020, 2, 15, 9, tzinfo=UTC),
        "reason": "项目已终止",
        "why": "盖章指令的签名无效",
        "refusal": "0198c2f0",
        "holder": "张某",
        "scope": "数学科学学院负责人的审批事项",
        "starts_at": datetime(2020, 2, 17, tzinfo=UTC),
        "ends_at": datetime(2020, 2, 21, 10, tzinfo=UTC),
        "count": "2",
        "lines": ["一", "二"],
        **changes,
    }


@pytest.mark.parametrize(("kind", "channel"), EVERY_MESSAGE)
def test_every_message_has_a_text(templates: Templates, kind: Kind, channel: Channel) -> None:
    message = templates.render(kind, channel, words())
    assert message.text
    assert (message.html is not None) == (channel is Channel.MAIL)
    assert bool(message.subject) == (channel is not Channel.SMS)


def test_a_new_task_is_announced_by_mail_in_the_manuals_words(templates: Templates) -> None:
    mail = templates.render(Kind.TASK_ASSIGNED, Channel.MAIL, words())
    assert mail.subject == "您有新的任务需要处理"
    assert "关于“量子通信项目任务书用印”需要您的审批，敬请点击办理。" in mail.text
    assert mail.text.endswith("澄岚大学网上办事大厅\n2020年02月16日")
    assert mail.html is not None
    assert '敬请点击<a href="https://hall.example.edu/tasks/1">办理</a>。' in mail.html


def test_wechat_shows_the_four_fields_of_the_manual(templates: Templates) -> None:
    message = templates.render(Kind.URGED, Channel.WECHAT, words())
    assert message.subject == "事务进度提醒"
    assert message.text.splitlines() == [
        "事务标题：量子通信项目任务书用印",
        "提醒时间：2020-02-16 11:42:11",
        "进度信息：单位办公室工作人员审批",
        "备注：【催办】烦请您尽快处理",
        "查看详情：https://hall.example.edu/tasks/1",
    ]


@pytest.mark.parametrize(("kind", "channel"), CARDS)
def test_no_field_of_a_card_is_longer_than_its_provider_takes(
    templates: Templates, kind: Kind, channel: Channel
) -> None:
    names = ("title", "node", "nodes", "opinion", "by", "to", "unit", "people", "initiator")
    long = dict.fromkeys(names, "长" * 60)
    message = templates.render(kind, channel, words(**long))
    assert message.fields
    assert all(0 < len(field.value) <= FIELD_LIMITS[channel] for field in message.fields)
    assert len(message.subject) <= 26
    limit = FIELD_LIMITS[channel]
    if kind is not Kind.DIGEST:
        assert message.fields[0].value == "长" * (limit - 1) + "…"


def test_every_message_can_be_told_by_its_default_channels(templates: Templates) -> None:
    for kind in Kind:
        assert set(DEFAULT_CHANNELS[kind]) <= set(templates.channels(kind))


def test_every_message_that_an_sms_may_take_the_place_of_has_one(templates: Templates) -> None:
    assert all(templates.has(kind, Channel.SMS) for kind in SMS_INSTEAD)


def test_a_version_changes_with_any_of_its_texts(
    templates: Templates, organisation: Organisation, folder: Path
) -> None:
    changed = folder / "urged" / "sms.txt"
    changed.write_text(changed.read_text(encoding="utf-8").replace("烦请", "请"), encoding="utf-8")
    other = Templates(organisation, folder)
    assert other.version(Kind.URGED) != templates.version(Kind.URGED)
    assert other.version(Kind.RETURNED) == templates.version(Kind.RETURNED)


@pytest.mark.parametrize("kind", WITH_SMS)
def test_an_sms_fits_one_segment_with_its_signature_and_holds_nothing_forbidden(
    templates: Templates, organisation: Organisation, kind: Kind
) -> None:
    text = templates.render(kind, Channel.SMS, words(title="【紧急】" * 10)).text
    assert not set("【】") & set(text)
    assert "://" not in text
    assert len(f"【{organisation.mail_from_name}】{text}") <= 70


def test_approval_says_where_to_bring_the_materials(
    templates: Templates, organisation: Organisation
) -> None:
    for channel in DEFAULT_CHANNELS[Kind.APPROVED]:
        assert organisation.seal_place in templates.render(Kind.APPROVED, channel, words()).text


def test_what_people_wrote_cannot_become_markup(templates: Templates) -> None:
    written = words(opinion="<script>alert(1)</script>", title='"><img src=x>')
    mail = templates.render(Kind.RETURNED, Channel.MAIL, written)
    assert mail.html is not None
    assert "<script" not in mail.html
    assert "<img" not in mail.html
    assert "<script>alert(1)</script>" in mail.text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the templates, to be spoiled."""
    return Path(shutil.copytree(FOLDER, tmp_path / "templates"))


@pytest.mark.parametrize(
    ("file", "spoiled"),
    [
        ("task_assigned/mail.txt", "关于{{ titel }}"),
        ("task_assigned/mail.html", "{% if title %}没有结束"),
        ("urged/sms.txt", "【催办】请尽快处理"),
        ("urged/sms.txt", "请尽快处理 {{ link }}"),
        ("urged/sms.txt", ""),
        ("returned/mail_subject.txt", "两行\n主题"),
        ("returned/mail_subject.txt", ""),
        ("advanced/wechat.toml", "heading = "),
        ("advanced/wechat.toml", 'heading = "事务进度提醒"'),
        ("completed/sample.toml", 'title = "没有别的"'),
    ],
)
def test_a_template_that_cannot_be_right_is_an_error_at_the_start(
    folder: Path, organisation: Organisation, file: str, spoiled: str
) -> None:
    (folder / file).write_text(spoiled, encoding="utf-8")
    with pytest.raises(BadTemplate, match=file.split("/", maxsplit=1)[0]):
        Templates(organisation, folder)


def test_a_missing_template_is_an_error_at_the_start(
    folder: Path, organisation: Organisation
) -> None:
    (folder / "approved" / "sms.txt").unlink()
    with pytest.raises(BadTemplate, match="approved, sms"):
        Templates(organisation, folder)


def test_a_fixed_text_too_long_for_its_wechat_field_is_an_error_at_the_start(
    folder: Path, organisation: Organisation
) -> None:
    card = folder / "withdrawn" / "wechat.toml"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("申请人已撤销，无需办理", "长" * 21), encoding="utf-8")
    with pytest.raises(BadTemplate, match="备注"):
        Templates(organisation, folder)
