"""An application in WeCom (企业微信): cards that say 已处理 when it is done."""

from notify_svc.channels.wecom.carrier import WeCom, opened
from notify_svc.channels.wecom.settings import WeComSettings

__all__ = ["WeCom", "WeComSettings", "opened"]
