"""A WeChat official account (微信公众号): template messages, receipts, binding."""

from notify_svc.channels.wechat.carrier import WeChat, opened
from notify_svc.channels.wechat.settings import WeChatSettings

__all__ = ["WeChat", "WeChatSettings", "opened"]
