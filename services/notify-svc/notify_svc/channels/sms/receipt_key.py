"""Receipts of the SMS services are not signed: the address they are sent to is a secret."""

import hmac

from pydantic import SecretStr

from notify_svc.channels import Callback
from notify_svc.errors import BadCallback


def check_receipt_key(key: SecretStr | None, callback: Callback) -> None:
    """The address carries it as `?key=`. Raises: BadCallback, also where none is set."""
    given = callback.query.get("key", "")
    if key is None or not hmac.compare_digest(key.get_secret_value().encode(), given.encode()):
        raise BadCallback
