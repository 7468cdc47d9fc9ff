"""What stands in a delivery's reason is said to people in words."""

from pathlib import Path

import notify_svc
import pytest
from notify_svc.channels.http import NotSent
from notify_svc.channels.mail.replies import Stage, meaning
from notify_svc.channels.sms import aliyun_codes, tencent_codes
from notify_svc.channels.verdict import without_answer
from notify_svc.channels.wechat import errcodes as wechat
from notify_svc.channels.wecom import errcodes as wecom
from notify_svc.outcomes import State
from notify_svc.reasons import OF_A_REASON, in_words

SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in Path(notify_svc.__path__[0]).rglob("*.py")
    if path.name != "reasons.py"
)


@pytest.mark.parametrize("start", OF_A_REASON)
def test_every_reason_with_words_of_its_own_is_given_somewhere(start: str) -> None:
    assert start in SOURCES


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (wechat.VERDICTS[43004].why, "对方没有关注公众号"),
        (wechat.VERDICTS[45009].why, "服务商的额度已用完"),
        (wechat.VERDICTS[40125].why, "服务商不接受本系统的密钥"),
        (wechat.RECEIPTS["userblock"].why, "对方已拉黑公众号"),
        (wecom.VERDICTS[81013].why, "企业微信成员不存在，或不在应用的可见范围内"),
        (aliyun_codes.verdict("isv.MOBILE_NUMBER_ILLEGAL").why, "登记的不是手机号码"),
        (aliyun_codes.verdict("InvalidTimeStamp.Expired").why, "本系统的时钟不准"),
        (tencent_codes.verdict("FailedOperation.PhoneNumberInBlacklist").why, "对方已退订短信"),
        (meaning(Stage.RCPT, 550, "5.1.1 no").reason, "邮箱地址不存在，或不接收邮件"),
        (meaning(Stage.RCPT, 552, "5.2.2 full").reason, "对方的邮箱已满"),
        (meaning(Stage.CONNECT, 535, "5.7.8 no").reason, "邮件服务器不接受本系统的账号"),
        (without_answer(NotSent("refused")).reason, "暂时连接不上服务商"),
    ],
)
def test_a_providers_reason_in_words(reason: str, words: str) -> None:
    assert in_words(State.FAILED, reason) == f"发送失败：{words}"
