"""What each user of the broker may do: regular expressions over names, as RabbitMQ matches them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rights:
    """An empty expression allows nothing."""

    configure: str
    write: str
    read: str

    def as_permissions(self) -> dict[str, str]:
        return {name: f"^({getattr(self, name)})$" for name in ("configure", "write", "read")}


EVERYTHING = Rights(configure=".*", write=".*", read=".*")

SERVICES = ("request", "workflow", "notify", "document", "gateway")

# A service publishes to the one exchange and reads its own queue; it declares nothing.
BROKER_RIGHTS = {
    "topology": EVERYTHING,
    **{name: Rights(configure="", write=r"sealflow\.events", read=name) for name in SERVICES},
}
