"""Acts are refused to whoever may not do them, also where a button was forged that is off."""

import ast
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cae.access.rights import NoRightError
from cae.access.roles import Role
from cae.cohorts.place import VARIABLE
from cae.cohorts.selection import Selection
from cae.read_only import MARK
from cae.storage import write_json
from cae.study.study import Study
from pages.components.explore import accept_suggestions
from pages.components.kit import rights
from tests.conftest import ROOT

FILE = """
address = "https://images.example.org"
[provider]
metadata = "https://login.example.org/metadata"
client_id = "cae"
client_secret = "secret"
cookie_secret = "0123456789abcdef0123456789abcdef"
[studies.digits]
"look@example.org" = "look"
"edit@example.org" = "edit"
"admin@example.org" = "admin"
"""

# What changes something, wherever pages name it.
CHANGES = {
    *("name_cluster", "correct_labels", "accept_suggestions", "undo_correction"),
    *("save_direction", "keep_direction"),
    *("delete_direction", "change_roles", "delete_study", "rename_study", "restore", "abandon"),
    *("runs.start", "runs.cancel", "runs.forget", "session.cohorts_of"),
}


@pytest.fixture
def study(digits_study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Study:
    home = tmp_path / "home"
    home.mkdir()
    folder = shutil.copytree(digits_study.path, home / "digits")
    (home / "access.toml").write_text(FILE)
    monkeypatch.setenv("CAE_HOME", str(home))
    monkeypatch.delenv("CAE_ACCESS", raising=False)
    return Study.open(folder)


@pytest.fixture
def sign_in(monkeypatch: pytest.MonkeyPatch):
    def be(email: str | None) -> None:
        told = {"is_logged_in": email is not None, "email": email}
        monkeypatch.setattr(st, "user", SimpleNamespace(to_dict=lambda: told))

    return be


def test_a_read_only_study_lets_nobody_change_it_but_cohorts_of_a_group(
    study: Study, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(study.path / MARK, {"address": "s3://clinic/digits", "files": {}})
    monkeypatch.delenv(VARIABLE, raising=False)
    sign_in("admin@example.org")
    assert rights.may(Role.LOOK, study.path)
    for role in (Role.EDIT, Role.ADMIN):
        assert not rights.may(role, study.path)
        with pytest.raises(NoRightError, match="s3://clinic/digits is opened read-only"):
            rights.demand(role, study.path)
        assert rights.withheld(role, study.path)["disabled"]
    monkeypatch.setenv(VARIABLE, "postgresql://server/cohorts")
    assert rights.may(Role.EDIT, study.path)
    assert not rights.may(Role.ADMIN, study.path)
    sign_in("look@example.org")
    with pytest.raises(NoRightError, match="needs the role “edit”"):
        rights.demand(Role.EDIT, study.path)


def opened(page: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"))
    app.query_params["study"] = "digits"
    app.switch_page(f"pages/{page}.py")
    app.run(timeout=120)
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> list[str]:
    button = app.button(key=key)
    # A browser can send a press that its page has no button for.
    button.proto.disabled = False
    button.click().run(timeout=120)
    assert not app.exception
    return [error.value for error in app.error]


def test_a_forged_press_deletes_no_cohort(study: Study, sign_in) -> None:
    cohort = study.cohorts.save("kept", Selection(np.arange(3)))
    sign_in("look@example.org")
    app = opened("cohorts")
    assert app.button(key=f"delete {cohort.id}").disabled
    assert "needs the role “edit”" in app.button(key=f"delete {cohort.id}").help
    press(app, f"delete {cohort.id}")
    assert [one.name for one in study.cohorts.list()] == ["kept"]

    sign_in("edit@example.org")
    app = opened("cohorts")
    assert not app.button(key=f"delete {cohort.id}").disabled
    assert press(app, f"delete {cohort.id}") == []
    assert study.cohorts.list() == []


def test_a_press_on_a_page_from_before_changes_nothing(study: Study, sign_in) -> None:
    cohort = study.cohorts.save("kept", Selection(np.arange(3)))
    sign_in("edit@example.org")
    app = opened("cohorts")
    sign_in("look@example.org")
    (said,) = press(app, f"delete {cohort.id}")
    assert "needs the role “edit” on the study “digits”" in said
    assert [one.name for one in study.cohorts.list()] == ["kept"]


def test_suggestions_are_accepted_by_nobody_who_may_only_look(study: Study, sign_in) -> None:
    found = pd.DataFrame({"row": [3, 4], "label": ["3", "4"], "suggested": ["9", "9"]})
    sign_in("look@example.org")
    with pytest.raises(NoRightError, match="needs the role “edit”"):
        accept_suggestions._accept(study, found)
    assert "corrected_label" not in study.full_table
    sign_in("edit@example.org")
    accept_suggestions._accept(study, found)
    assert study.full_table["corrected_label"][[3, 4]].tolist() == ["9", "9"]
    assert study.full_table["corrected_how"][[3, 4]].tolist() == ["suggested by neighbours"] * 2


def test_who_loses_a_right_while_the_page_is_open_does_no_more(study: Study, sign_in) -> None:
    sign_in("admin@example.org")
    app = opened("training")
    app.button(key=f"choose {study.path}").click().run(timeout=120)
    app.text_input(key=f"typed {study.path}").set_value("digits").run(timeout=120)
    sign_in("edit@example.org")
    (said,) = press(app, f"delete it {study.path}")[:1]
    assert "needs the role “admin”" in said
    assert study.path.exists()


@pytest.mark.parametrize(
    "page", ["explore", "cohorts", "compare", "interpolate", "local", "report", "training"]
)
@pytest.mark.parametrize("email", [None, "mallory@example.org"])
def test_no_page_shows_anything_to_strangers(
    study: Study, sign_in, page: str, email: str | None
) -> None:
    sign_in(email)
    app = opened(page)
    shown = " ".join(str(element.value) for element in app.main if hasattr(element, "value"))
    assert "digits" not in shown
    assert len(app.selectbox) == len(app.get("iframe")) == 0
    assert len(app.button) <= 1  # that which leads out


def test_every_change_in_the_pages_asks_for_the_right_first() -> None:
    unasked = []
    for file in sorted((ROOT / "pages").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for node, inside in _within_functions(tree):
            is_meant = _name(node) in CHANGES and isinstance(node.ctx, ast.Load)
            if is_meant and not any(_asks(one, node.lineno) for one in inside):
                unasked.append(f"{file.relative_to(ROOT)}:{node.lineno} {_name(node)}")
    assert unasked == []


def _within_functions(tree: ast.AST, inside: tuple[ast.AST, ...] = ()):
    """Every expression, and the functions it stands in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            yield node, inside
        deeper = (node,) if isinstance(node, ast.FunctionDef | ast.Lambda) else ()
        yield from _within_functions(node, deeper or inside)


def _name(node: ast.AST) -> str:
    """The name of what an expression refers to, with its module or store where that tells."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        holder = node.value
        before = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
        return node.attr if node.attr == "abandon" else f"{before}.{node.attr}"
    return ""


def _asks(function: ast.AST, before: int) -> bool:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    asking = [call for call in calls if getattr(call.func, "id", "") == "demand"]
    return any(call.lineno < before for call in asking)


def test_the_changes_that_are_looked_for_are_there() -> None:
    named = {
        _name(node)
        for file in (ROOT / "pages").rglob("*.py")
        for node, _ in _within_functions(ast.parse(file.read_text("utf-8")))
    }
    assert CHANGES - named == set()
