"""What a reader needs to trust the seals: the root, the record's key, what was revoked. Public."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Response

from document_svc.errors import SealKeysAway
from document_svc.keys import KeysAway
from document_svc.revocation import revocation_list
from document_svc.seal_room import record_keys
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


@router.get("/trust/record.pem", response_class=Response)
async def read_record_keys(tx: Tx) -> Response:
    """workflow-svc's public keys, which orders to seal and the record are held to, as PEM.

    Several while one is replaced. Needs no sign-in.
    """
    headers = {"Content-Disposition": 'attachment; filename="record-keys.pem"'}
    return Response(await record_keys(tx), media_type="application/x-pem-file", headers=headers)


@router.get("/trust/seals.crl", response_class=Response)
async def read_revocation_list(tx: Tx) -> Response:
    """Which seals' certificates count no more, and since when (RFC 5280). Needs no sign-in."""
    try:
        der = await revocation_list(tx)
    except KeysAway as away:
        raise SealKeysAway(reason=away.code) from away
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(der, media_type="application/pkix-crl", headers=headers)
