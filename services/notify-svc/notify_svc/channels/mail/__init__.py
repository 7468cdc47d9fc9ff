"""Mail, one SMTP transaction a message (RFC 5321), over connections that are kept for a while.

One recipient a transaction, because a server that refuses one of several does so without an error.
"""

from notify_svc.channels.mail.carrier import Mail, opened
from notify_svc.channels.mail.letter import From, compose
from notify_svc.channels.mail.settings import MailSettings

__all__ = ["From", "Mail", "MailSettings", "compose", "opened"]
