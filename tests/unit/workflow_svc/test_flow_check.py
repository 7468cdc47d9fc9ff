"""`flow-check`: what is wrong, where; who would act; and a page that explains every code."""

import json
import re
from pathlib import Path

import pytest
import workflow_svc
from workflow_svc import flow_check
from workflow_svc.published import FOLDER

from tests.conftest import ROOT
from tests.service.workflow_svc.hall import directory_folder

DEFAULT = FOLDER / "seal-use.toml"
CODE = re.compile(r'"(D\d\d)"')


def codes_of_the_verifier() -> set[str]:
    folder = Path(workflow_svc.__file__ or "").parent
    sources = (folder / name for name in ("verify.py", "reading.py", "rehearsal.py"))
    return {code for path in sources for code in CODE.findall(path.read_text(encoding="utf-8"))}


def test_every_code_is_explained_and_no_other() -> None:
    page = (ROOT / "docs" / "first-flow.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (D\d\d) \|", page, re.M)) == codes_of_the_verifier()
    assert len(codes_of_the_verifier()) >= 25


def test_the_flow_of_the_page_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "first-flow.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    rest = DEFAULT.read_text(encoding="utf-8").split("[[nodes]]")[3:]
    path = tmp_path / "flow.toml"
    path.write_text("[[nodes]]".join([example, *rest]), encoding="utf-8")
    assert flow_check.run([str(path)]) == 0


def test_a_faulty_file_is_told_by_line_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "flow.toml"
    text = DEFAULT.read_text(encoding="utf-8").replace('post = "head"', 'post = "emperor"')
    path.write_text(text, encoding="utf-8")
    assert flow_check.run([str(path)]) == 1
    line = text.splitlines().index('post = "emperor"') + 1
    assert f"{path}:{line}: D08 unit_head.post: " in capsys.readouterr().out


def rehearsed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: dict[str, object], **directory: str
) -> tuple[int, list[str]]:
    path = tmp_path / "form.json"
    path.write_text(json.dumps(form), encoding="utf-8")
    folder = directory_folder(tmp_path, **directory)
    status = flow_check.run([str(DEFAULT), "--directory", str(folder), "--form", str(path)])
    said = capsys.readouterr().out.splitlines()
    return status, [line for line in said if re.match(r"\d+\. ", line)]


FORM = {"unit": "computing", "approving_department": "research"}


def test_a_dry_run_says_who_would_act(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = {**FORM, "horizontal_contract": True, "countersigners": ["finance", "personnel"]}
    status, steps = rehearsed(tmp_path, capsys, asked)
    assert status == 0
    assert [line.split("：")[-1] for line in steps] == [
        "陆昆、白露",
        "秦明远",
        "贺喆、吕维杨",
        "顾菁",
        "欧阳翀",
        "严正一",
        "薛钰、孟怀瑾",
        "薛钰、孟怀瑾",
    ]
    assert "财务部" in steps[3]


def test_a_dry_run_stops_where_nobody_could_act(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = "login,name,mobile,email,posts\nlu,陆昆,,,computing:office_staff\n"
    status, steps = rehearsed(tmp_path, capsys, dict(FORM), people=people)
    assert status == 1
    assert len(steps) == 2
    assert "无人可办" in steps[-1]


def test_a_dry_run_with_an_unknown_department_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rehearsed(tmp_path, capsys, {**FORM, "unit": "nowhere"}) == (1, [])
