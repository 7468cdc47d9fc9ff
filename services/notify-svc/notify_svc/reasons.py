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
}


def in_words(state: State, reason: str) -> str:
    """The state, and what is known beyond it."""
    words = OF_A_STATE[state]
    known = (meaning for start, meaning in OF_A_REASON.items() if start in reason)
    more = next(known, None)
    return f"{words}：{more}" if more else words
