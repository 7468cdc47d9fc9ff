"""The packaged matters, and what a matters folder may not say."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from request_svc.catalogue import PACKAGED, MatterKind, load_matters

from shared.organisation import Organisation


@pytest.fixture
def organisation(organisation_file: Path) -> Organisation:
    return Organisation.load(organisation_file)


def test_the_use_of_seals_is_a_matter_with_a_flow(organisation: Organisation) -> None:
    matters = load_matters(PACKAGED, organisation)
    seal_use = matters["seal-use"]
    assert next(iter(matters)) == "seal-use"
    assert (seal_use.name, seal_use.kind) == ("用印审批", MatterKind.FLOW)
    assert len(seal_use.business_types) == 4


def test_the_organisations_own_words_are_in_the_description(organisation: Organisation) -> None:
    description = load_matters(PACKAGED, organisation)["seal-use"].description
    assert description[0] == organisation.classified_notice
    assert any(organisation.seal_place in text for text in description)


def test_neighbours_are_links(organisation: Organisation) -> None:
    others = [m for m in load_matters(PACKAGED, organisation).values() if m.key != "seal-use"]
    assert len(others) == 10
    assert all(matter.kind is MatterKind.LINK and matter.url for matter in others)


MATTER = '[[matters]]\nkey = "a"\nname = "甲"\ncategory = "公共服务"\nkind = "flow"\n'


def test_two_matters_cannot_have_one_key(tmp_path: Path, organisation: Organisation) -> None:
    (tmp_path / "a.toml").write_text(MATTER, encoding="utf-8")
    (tmp_path / "b.toml").write_text(MATTER, encoding="utf-8")
    with pytest.raises(ValueError, match="two matters claim the key a"):
        load_matters(tmp_path, organisation)


def test_a_link_must_lead_somewhere(tmp_path: Path, organisation: Organisation) -> None:
    (tmp_path / "a.toml").write_text(MATTER.replace("flow", "link"), encoding="utf-8")
    with pytest.raises(ValidationError, match="a link has a url"):
        load_matters(tmp_path, organisation)


def test_a_text_cannot_name_what_the_organisation_lacks(
    tmp_path: Path, organisation: Organisation
) -> None:
    (tmp_path / "a.toml").write_text(f'{MATTER}description = ["{{rector}}"]\n', encoding="utf-8")
    with pytest.raises(KeyError, match="rector"):
        load_matters(tmp_path, organisation)
