"""What marks the copies of certificates that are handed out: a label each, to be printed."""

from typing import Any

from document_svc.characters import printable
from document_svc.counter_rules import CERTIFICATES
from document_svc.domain import ITEMS
from document_svc.ledger import lines_of
from document_svc.ledger_models import LedgerEntry
from document_svc.sheet import qr_svg, shown_date, verification_url
from document_svc.typesetting import STANDARD
from shared.organisation import Organisation


def labels(entry: LedgerEntry, organisation: Organisation, code: str) -> bytes | None:
    """A PDF with a label for each copy of this entry; None when none was handed out.

    `code`: the sheet's, so that whoever holds a copy can check. Takes some 10 ms: use a thread.
    """
    data = label_data(entry, organisation, code)
    if not data["labels"]:
        return None
    return STANDARD.typeset("labels.typ", made_at=entry.at, labels=printable(data, STANDARD))


def label_data(entry: LedgerEntry, organisation: Organisation, code: str) -> dict[str, Any]:
    """What `sheets/labels.typ` reads."""
    return {
        "title": f"{entry.number} 证件复印件标签",
        "organisation": organisation.name,
        "unit": entry.unit_name,
        "date": shown_date(entry.at, organisation),
        "qr": qr_svg(verification_url(organisation, code)),
        "labels": [
            {
                "item": ITEMS[line.item],
                "ordinal": f"第 {int(copy.rsplit('-', 1)[-1][1:])} 份",
                "number": copy,
                "purpose": line.purpose or "申请表所列事项",
            }
            for line in lines_of(entry)
            if line.item in CERTIFICATES
            for copy in line.copies
        ],
    }
