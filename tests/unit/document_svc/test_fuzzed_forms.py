"""Whatever people fill in: it is on the sheet, can be copied, and its places can be signed."""

from document_svc.characters import printable
from document_svc.typesetting import STANDARD
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.request import SealCount, Seals
from tests.unit.document_svc.examples import form, sealed, sheet, text_of
from tests.unit.document_svc.test_signatures import verdicts

# Letters of every script that the fonts have, digits, marks, and what a template could trip over.
SIGNS = st.sampled_from("#$*_`<>@\\[]{}()=~/\"'.,;:!?%&+-|^（），。；：“”《》、—…·①☑€№")
LETTERS = st.one_of(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.characters(min_codepoint=0x3400, max_codepoint=0x4DBF),
    st.characters(min_codepoint=0x20000, max_codepoint=0x2A6D6),
    st.characters(min_codepoint=0x410, max_codepoint=0x44F),
    st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
)
LINES = st.text(st.one_of(LETTERS, LETTERS, LETTERS, SIGNS), min_size=1, max_size=60)


def bare(text: str) -> str:
    return "".join(str(printable(text, STANDARD)).split())


@settings(max_examples=25, deadline=None)
@given(name=LINES, applicant=LINES, place=LINES, opinion=LINES)
def test_what_is_filled_in_is_what_can_be_copied(
    name: str, applicant: str, place: str, opinion: str
) -> None:
    materials = (form().materials[0].model_copy(update={"name": name}),)
    asked = form().seals.model_copy(update={"university": SealCount(count=1, place=place)})
    assert isinstance(asked, Seals)
    filled = form(applicant_name=applicant, seals=asked).model_copy(update={"materials": materials})
    pdf = sealed(sheet(filled), "applying_unit", "计算机学院", opinion)
    found = text_of(pdf)
    for text in (name, applicant, place, opinion):
        assert bare(text) in found
    assert verdicts(pdf)[0].bottom_line
