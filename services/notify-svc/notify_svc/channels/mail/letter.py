"""A message as it goes over the wire, signed where we have a key (DKIM, RFC 6376)."""

import re
from dataclasses import dataclass
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
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


# The newer policies fold each header anew, which takes some ten times as long.
_ON_THE_WIRE = compat32.clone(linesep="\r\n")


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
    """The same parcel always is the same mail, byte for byte (RFC 5322, 2045 – 2047).

    Raises: ValueError for an address or header that could smuggle another header in.
    """
    message = parcel.message
    html = [] if message.html is None else [_part(message.html, "html")]
    mail = MIMEMultipart(
        "alternative",
        boundary=f"=_{parcel.delivery_id.hex}",  # no line of base64 has a “_”
        _subparts=[_part(message.text, "plain"), *html],
        policy=_ON_THE_WIRE,
    )
    mail["From"] = _address(sender.name, sender.address, "From")
    mail["To"] = _address(parcel.person_name, parcel.to, "To")
    mail["Subject"] = _words(message.subject, "Subject")
    mail["Date"] = format_datetime(parcel.written_at.astimezone(sender.zone))
    mail["Message-ID"] = f"<{parcel.delivery_id}@{sender.address.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    mail["X-Auto-Response-Suppress"] = "All"
    return mail.as_bytes()


def _part(text: str, subtype: str) -> MIMEText:
    """Whatever it holds, its lines end as on the wire and are in ASCII."""
    lines = "".join(f"{line}\r\n" for line in text.splitlines())
    return MIMEText(lines, subtype, "utf-8", policy=_ON_THE_WIRE)


def _words(text: str, header: str) -> str:
    """As a header's value: encoded words, each short enough for its line (RFC 2047).

    Raises: ValueError for more than one line.
    """
    if "\r" in text or "\n" in text:
        raise ValueError("a header is one line")
    return Header(text, "utf-8", header_name=header).encode(linesep="\r\n")


def as_data(content: bytes) -> bytes:
    """What follows DATA: a line that begins with a dot gets another one, and a lone one is the end
    (RFC 5321, 4.5.2)."""
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    return DOT_AT_THE_START.sub(b"..", ended) + b".\r\n"


def _address(name: str, address: str, header: str) -> str:
    """Of the plain form local@domain in ASCII: no quoting, no lists, no comments."""
    if not PLAIN_ADDRESS.fullmatch(address):
        raise ValueError("not a plain address")
    return f"{_words(name, header)}\r\n <{address}>" if name else address
