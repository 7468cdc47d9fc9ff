"""The sheet's check notices what a reader of the PDF would."""

import hashlib

import pytest

from demo import files
from demo.hall import Unexpected
from demo.sheet import check_sheet


def test_a_sheet_without_signatures_is_not_the_sealed_one() -> None:
    content = files.pdf([("用印审批表",)])
    digest = hashlib.sha256(content).hexdigest()
    with pytest.raises(Unexpected, match="0 signatures, expected 6"):
        check_sheet(content, sha256=digest, pages=1, signatures=6)


def test_another_file_than_the_hall_knows_is_noticed() -> None:
    with pytest.raises(Unexpected, match="SHA-256"):
        check_sheet(files.pdf([("甲",)]), sha256="0" * 64, pages=1, signatures=0)


def test_what_is_not_a_pdf_is_noticed() -> None:
    with pytest.raises(Unexpected, match="%PDF-"):
        check_sheet(b"<html>", sha256=hashlib.sha256(b"<html>").hexdigest(), pages=1, signatures=0)
