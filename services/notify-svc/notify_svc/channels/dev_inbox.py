"""For a channel that no provider is configured for: the message stays where the dev inbox shows it.

Every message's text is kept on its delivery, so there is nothing left to do here.
"""

from notify_svc.channels import Parcel
from notify_svc.domain import Outcome, Result


class DevInbox:
    async def send(self, parcel: Parcel) -> Result:
        return Result(Outcome.ACCEPTED)
