"""A time-stamping authority for tests: pyHanko's, behind HTTP on a free port."""

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
    """`says`: what it does when it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.says = "granted"
        self.asked = 0
        key = rsa.generate_private_key(65537, 2048)
        der = _certificate(key).public_bytes(Encoding.DER)
        self.certificate = asn1_x509.Certificate.load(der)
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        store = SimpleCertificateStore()
        store.register(self.certificate)
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


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time stamps for tests")])
    now = datetime.now(UTC)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(purpose, critical=True)
        .sign(key, SHA256())
    )
