"""An organisation's SM2 signature server for tests: true signatures (gmssl), behind HTTP."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from gmssl import sm2

SECRET = "a secret for tests"
# The key pair of GB/T 32918.5-2017's example.
_PRIVATE = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
_PUBLIC = (
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)


class Sm2Server(ThreadingHTTPServer):
    """`says`: what it does when it is asked; `asked`: the keys it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.says = "signs"
        self.asked: list[str] = []
        self.key = sm2.CryptSM2(private_key=_PRIVATE, public_key=_PUBLIC, asn1=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/sign"

    def answer(self, asked: dict[str, str]) -> dict[str, object]:
        self.asked.append(asked["keyId"])
        if self.says == "nonsense":
            return {"data": {"signature": "不是签名"}}
        signature = bytes.fromhex(self.key.sign_with_sm3(base64.b64decode(asked["data"])))
        return {"data": {"signature": base64.b64encode(signature).decode()}}

    def verifies(self, signature: bytes, data: bytes) -> bool:
        return bool(self.key.verify_with_sm3(signature.hex(), data))


class _Answer(BaseHTTPRequestHandler):
    server: Sm2Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {SECRET}" or self.server.says == "refuses":
            self.send_error(403)
            return
        body = json.dumps(self.server.answer(asked)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def sm2_server() -> Iterator[Sm2Server]:
    server = Sm2Server()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
