"""A step is told with what was sent to whom, and a wrong message is noticed."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from demo.telling import Step, expected, told


def message(kind: str, name: str, channel: str, state: str = "delivered") -> dict[str, Any]:
    return {
        "kind": kind,
        "person_name": name,
        "channel": channel,
        "state": state,
        "subject": "您有新的任务需要处理",
        "body_text": "事务标题：甲\n提醒时间：乙\n进度信息：申请部门意见\n备注：请办理",
    }


def test_a_message_to_two_people_is_one_line_for_each_channel() -> None:
    messages = tuple(
        message("task_assigned", name, channel) for name in "乙甲" for channel in ("wechat", "mail")
    )
    step = Step(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "丙", "正式提交", messages)
    assert list(step.lines()) == [
        "03:04:05  丙  正式提交",
        "            → 微信  乙、甲：申请部门意见；请办理",
        "            → 邮件  乙、甲：您有新的任务需要处理",
    ]


def test_a_message_counts_once_it_is_delivered() -> None:
    sent = [message("returned", "甲", channel) for channel in ("sms", "mail", "inbox")]
    sent.append(message("returned", "甲", "wechat", state="failed"))
    missing = expected("returned", "甲") - told(sent)
    assert missing == Counter({("returned", "甲", "wechat"): 1})


def test_a_message_sent_twice_is_more_than_expected() -> None:
    twice = [message("advanced", "甲", channel) for channel in ("wechat", "wechat", "inbox")]
    assert told(twice) - expected("advanced", "甲") == Counter({("advanced", "甲", "wechat"): 1})
