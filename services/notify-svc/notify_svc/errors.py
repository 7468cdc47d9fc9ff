"""notify-svc's refusals."""

from shared.errors import NotFound


class NoDevInbox(NotFound):
    """The installation sends for real and shows nobody's messages to others."""
