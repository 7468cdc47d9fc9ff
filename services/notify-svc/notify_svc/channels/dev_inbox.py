"""For a channel that no provider is configured for: the message stays where the dev inbox shows it.

Every message's text is kept on its delivery, so there is nothing left to do here.
"""

from notify_svc.channels import Carrier, Parcel, Wire
from notify_svc.outcomes import ALWAYS, Capabilities, Outcome, Result
from shared.contracts.notify import Channel


class DevInbox(Carrier):
    capabilities = Capabilities(recognises=ALWAYS)

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.provider = f"dev-{channel}"

    def render(self, parcel: Parcel) -> Wire:
        return Wire("text/plain; charset=utf-8", parcel.message.text.encode())

    async def send(self, parcel: Parcel) -> Result:
        return Result(Outcome.DELIVERED)
