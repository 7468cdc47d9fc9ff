"""A message as it goes over the wire, signed where we have a key (DKIM, RFC 6376)."""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from zoneinfo import ZoneInfo

import dkim
from pydantic import SecretStr

from notify_svc.channels import Parcel

PLAIN_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)*", re.ASCII)
DOT_AT_THE_START = re.compile(rb"^\.", re.MULTILINE)
SIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"mime-version",
    b"content-type",
    b"auto-submitted",
)


@dataclass(frozen=True, slots=True)
class From:
    """`zone` is that of the Date header."""

    address: str
    name: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class DkimKey:
    domain: str
    selector: str
    key: SecretStr

    def signed(self, content: bytes) -> bytes:
        """The very bytes, with a header in front: to fold them again would break the signature.

        Raises: ValueError when the key is none.
        """
        try:
            header = dkim.sign(
                content,
                self.selector.encode(),
                self.domain.encode(),
                self.key.get_secret_value().encode(),
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=list(SIGNED),
            )
        except (dkim.DKIMException, dkim.KeyFormatError) as error:
            raise ValueError(f"the DKIM key: {type(error).__name__}") from None
        signature: bytes = header
        return signature + content


def compose(parcel: Parcel, sender: From) -> bytes:
    """The same parcel always has the same Message-ID and Date.

    Raises: ValueError for an address or header that could smuggle another header in.
    """
    mail = EmailMessage(policy=WIRE)
    mail["From"] = _address(sender.name, sender.address)
    mail["To"] = _address(parcel.person_name, parcel.to)
    mail["Subject"] = parcel.message.subject
    mail["Date"] = parcel.written_at.astimezone(sender.zone)
    mail["Message-ID"] = f"<{parcel.delivery_id}@{sender.address.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(parcel.message.text, cte="base64")
    if parcel.message.html is not None:
        mail.add_alternative(parcel.message.html, subtype="html", cte="base64")
    return mail.as_bytes()


def as_data(content: bytes) -> bytes:
    """What follows DATA: a line that begins with a dot gets another one, and a lone one is the end
    (RFC 5321, 4.5.2)."""
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    return DOT_AT_THE_START.sub(b"..", ended) + b".\r\n"


def _address(name: str, address: str) -> Address:
    """Of the plain form local@domain in ASCII: no quoting, no lists, no comments."""
    if not PLAIN_ADDRESS.fullmatch(address):
        raise ValueError("not a plain address")
    return Address(name, addr_spec=address)
