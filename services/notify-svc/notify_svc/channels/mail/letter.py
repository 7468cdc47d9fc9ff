"""A message as it goes over the wire, signed where we have a key (DKIM, RFC 6376)."""

import re
from base64 import encodebytes
from dataclasses import dataclass
from email.header import Header
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

    Written here and not by `email.message`, which takes some fifty times as long.
    Raises: ValueError for an address or header that could smuggle another header in.
    """
    message = parcel.message
    html = [] if message.html is None else [("text/html", message.html)]
    boundary = f"=_{parcel.delivery_id.hex}"  # no line of base64 has a “_”
    parts = "".join(
        f"--{boundary}\r\n{_part(type_, text)}"
        for type_, text in (("text/plain", message.text), *html)
    )
    headers = {
        "From": _address(sender.name, sender.address, "From"),
        "To": _address(parcel.person_name, parcel.to, "To"),
        "Subject": _words(message.subject, "Subject"),
        "Date": format_datetime(parcel.written_at.astimezone(sender.zone)),
        "Message-ID": f"<{parcel.delivery_id}@{sender.address.partition('@')[2]}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: nobody's holiday notice answers it
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative;\r\n boundary="{boundary}"',
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{head}\r\n{parts}--{boundary}--\r\n".encode("ascii")


def _part(type_: str, text: str) -> str:
    """Whatever it holds, its lines end as on the wire and are in ASCII."""
    lines = "".join(f"{line}\r\n" for line in text.splitlines())
    content = encodebytes(lines.encode()).decode("ascii").replace("\n", "\r\n")
    head = f'Content-Type: {type_}; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n'
    return f"{head}\r\n{content}"


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
