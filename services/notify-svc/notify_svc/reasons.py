"""Why a delivery waits or failed, in words for whoever is asked about it. Pure."""

from collections.abc import Mapping

from notify_svc.outcomes import State
from notify_svc.posting import NO_ADDRESS

OF_A_STATE: Mapping[State, str] = {
    State.QUEUED: "排队等待发送",
    State.HELD: "等待合并为汇总消息",
    State.SENDING: "正在发送",
    State.RETRY: "稍后重试",
    State.UNKNOWN: "没有收到发送结果，正在向服务商核实",
    State.SENT: "服务商已接收",
    State.DELIVERED: "已送达",
    State.FAILED: "发送失败",
    State.CANCELLED: "已取消，不再需要发送",
    State.MERGED: "已并入汇总消息",
    State.UNRESOLVED: "无法确认是否已发出；为避免重复，没有再次发送",
}
# What a reason of ours begins with → what it means.
OF_A_REASON: Mapping[str, str] = {
    NO_ADDRESS: "没有登记联系方式",
    "too late to be of use": "超过有效时间，不再发送",
    "given up after": "多次尝试后仍未成功",
    "there is newer news": "已有更新的消息",
    "an administrator sends": "管理员要求重新发送",
    "an administrator cancelled": "管理员已取消",
    "the provider never said": "服务商没有回执，已改用其他方式",
    "in place of": "代替没有送达的消息",
    "told together": "与其他消息合并发送",
    "it may have gone out": "发送过程中断，结果不明",
    "the attempt ended without": "发送过程中断，结果不明",
    # Of the channels:
    "does not follow the account": "对方没有关注公众号",
    "has blocked the account": "对方已拉黑公众号",
    "is on the account's blacklist": "对方在公众号的黑名单中",
    "switched the account's messages off": "对方关闭了公众号的消息",
    "outside the application's scope": "企业微信成员不存在，或不在应用的可见范围内",
    "has no licence": "企业微信成员没有应用许可",
    "it is not a mobile number": "登记的不是手机号码",
    "telephone number": "登记的手机号码不正确",
    "the number is on the blacklist": "对方已退订短信",
    "has got enough": "该号码接收的短信已达上限",
    "the carrier could not deliver": "运营商未能送达",
    "the number cannot be reached": "号码为空号、已停机，或对方已退订",
    "the mailbox is full": "对方的邮箱已满",
    "the address does not take mail": "邮箱地址不存在，或不接收邮件",
    "it is too large": "邮件太大",
    "no approved template": "服务商没有审核通过的模板",
    "not the one that the provider has approved": "内容与审核通过的模板不一致",
    "is used up": "服务商的额度已用完",
    "could not be reached": "暂时连接不上服务商",
    "our clock is wrong": "本系统的时钟不准",
    "our sign-in": "邮件服务器不接受本系统的账号",
    "our sender": "邮件服务器不接受本系统的发件地址",
    "secret is wrong": "服务商不接受本系统的密钥",
}


def in_words(state: State, reason: str) -> str:
    """The state, and what is known beyond it."""
    more = _known(reason)
    return f"{OF_A_STATE[state]}：{more}" if more else OF_A_STATE[state]


def meaning(reason: str) -> str:
    """Why an address cannot be reached."""
    return _known(reason) or "对方的地址无法送达"


def own_meaning(reason: str) -> str:
    """The same, said to whose address it is."""
    return meaning(reason).replace("对方", "您")


def _known(reason: str) -> str | None:
    return next((words for start, words in OF_A_REASON.items() if start in reason), None)
