"""A time-stamping authority for tests: pyHanko's, behind HTTP on a free port.

Its certificate is issued by a root of its own, which publishes a revocation list there, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore


class TimestampServer(ThreadingHTTPServer):
    """`says`: what it does when it is asked; `publishes`: whether its revocation list is there."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.says = "granted"
        self.publishes = True
        self.asked = 0
        key, above = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        root = _root(above)
        self.revocations = _revocations(above)
        der = _certificate(key, above, self.url + "tsa.crl").public_bytes(Encoding.DER)
        self.certificate = asn1_x509.Certificate.load(der)
        self.root_pem = root.public_bytes(Encoding.PEM)
        self.root = asn1_x509.Certificate.load(root.public_bytes(Encoding.DER))
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        store = SimpleCertificateStore()
        store.register(self.certificate)
        store.register(self.root)
        self.stamper = DummyTimeStamper(
            self.certificate, keys.PrivateKeyInfo.load(private), certs_to_embed=store
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def answer(self, query: bytes) -> bytes:
        self.asked += 1
        request = tsp.TimeStampReq.load(query)
        if self.says == "refused":
            return bytes(tsp.TimeStampResp({"status": {"status": "rejection"}}).dump())
        if self.says == "something else":
            request["message_imprint"]["hashed_message"] = b"\0" * 32
        return bytes(self.stamper.request_tsa_response(request).dump())


class _Answer(BaseHTTPRequestHandler):
    server: TimestampServer

    def do_POST(self) -> None:
        query = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.says == "broken":
            self.send_error(500)
            return
        body = self.server.answer(query)
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if not self.server.publishes:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.revocations)))
        self.end_headers()
        self.wfile.write(self.server.revocations)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def timestamp_server() -> Iterator[TimestampServer]:
    server = TimestampServer()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


_ROOT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root of time stamps for tests")])
_STAMPER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time stamps for tests")])


def _root(key: rsa.RSAPrivateKey) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _begun(_ROOT, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, SHA256())
    )


def _certificate(
    key: rsa.RSAPrivateKey, above: rsa.RSAPrivateKey, lists_at: str
) -> x509.Certificate:
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier(lists_at)], None, None, None
    )  # fmt: skip
    return (
        _begun(_STAMPER, key.public_key())
        .add_extension(purpose, critical=True)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .sign(above, SHA256())
    )


def _begun(subject: x509.Name, key: rsa.RSAPublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_ROOT)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
    )


def _revocations(above: rsa.RSAPrivateKey) -> bytes:
    now = datetime.now(UTC)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(_ROOT)
        .last_update(now - timedelta(hours=1))
        .next_update(now + timedelta(days=30))
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(above, SHA256())
    )
    return made.public_bytes(Encoding.DER)
