"""What the gateway is told from outside, as GATEWAY_… in the environment."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    identity_private_key: Path  # PEM, Ed25519: signs who-you-are tokens
    portal_folder: Path = Path("portal/dist")
    # Service name → URL, as JSON; empty in one process.
    upstreams: dict[str, str] = Field(default_factory=dict)
    https: bool = False  # how people reach the portal; decides the cookie's name and HSTS
    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()  # empty: everyone is let in
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # whose X-Forwarded-For counts
    demonstration_password: str | None = None  # of every account that has none; never in earnest
    # Mistyped or guessed passwords within a minute. A lecture hall may share one address.
    attempts_per_login: int = 5
    attempts_per_address: int = 30
    public_checks_per_minute: int = 30  # of sheets by their codes, from one address or IPv6 /64
    callbacks_per_minute: int = 3000  # of message providers, from one address or IPv6 /64
    live_look_seconds: float = 15.0  # how often an open page's session is looked at
    live_pages_per_person: int = 12  # pages of one person that follow what happens
