"""What a reader installs to trust the seals: the root certificate. Public."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Response

from document_svc.seals import authority
from shared.web import Tx

router = APIRouter()


@router.get("/trust/root.pem", response_class=Response)
async def read_root(tx: Tx) -> Response:
    """The certificate of the installation's own authority, as PEM. Needs no sign-in."""
    der = (await authority(tx)).certificate
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    headers = {"Content-Disposition": 'attachment; filename="seals-root.pem"'}
    return Response(pem, media_type="application/x-pem-file", headers=headers)
