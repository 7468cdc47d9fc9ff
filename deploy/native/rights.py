"""What each user of the broker may do: regular expressions over names, as RabbitMQ matches them."""

from dataclasses import dataclass

OWNERS = ("request", "workflow", "notify", "document", "gateway")
"""Who has a database, a role and a user of the broker of its own."""

TOPOLOGY = "topology"
"""The user who declares exchanges and queues before anybody else starts."""


@dataclass(frozen=True)
class Rights:
    """An empty expression allows nothing."""

    configure: str
    write: str
    read: str

    def as_permissions(self) -> dict[str, str]:
        return {
            "configure": f"^({self.configure})$",
            "write": f"^({self.write})$",
            "read": f"^({self.read})$",
        }


def of_service(name: str) -> Rights:
    """Says things to the exchange, hears its own queue, declares nothing."""
    return Rights(configure="", write=r"sealflow\.events", read=name)


def of_listener(name: str) -> Rights:
    """A service that also overhears everything, each replica through a queue of its own."""
    own = rf"{name}\.live\.[0-9a-f]+"
    return Rights(
        configure=own, write=rf"sealflow\.events|{own}", read=rf"{name}|{own}|sealflow\.events"
    )


BROKER_RIGHTS = {
    TOPOLOGY: Rights(configure=".*", write=".*", read=".*"),
    **{name: of_service(name) for name in OWNERS},
    "gateway": of_listener("gateway"),
}
