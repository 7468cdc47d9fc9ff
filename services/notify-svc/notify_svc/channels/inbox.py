"""站内消息: what the portal shows a person. It is with them as soon as it is written."""

from notify_svc.channels import Carrier, Parcel, Wire
from notify_svc.outcomes import ALWAYS, Capabilities, Outcome, Result
from shared.contracts.notify import Channel


class Inbox(Carrier):
    channel = Channel.INBOX
    provider = "inbox"
    capabilities = Capabilities(recognises=ALWAYS)
    delivers_at_once = True

    def render(self, parcel: Parcel) -> Wire:
        message = parcel.message
        shown = f"{message.subject}\n{message.text}\n{message.link or ''}"
        return Wire("text/plain; charset=utf-8", shown.encode())

    async def send(self, parcel: Parcel) -> Result:
        return Result(Outcome.DELIVERED)
