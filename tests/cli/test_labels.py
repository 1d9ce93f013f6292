"""The command ``cae label``."""

import json
import sys
from collections.abc import Callable

import pytest

from cae.cli import main
from cae.study.study import Study

Cae = Callable[..., int]


@pytest.fixture
def cae(monkeypatch: pytest.MonkeyPatch) -> Cae:
    """Runs ``cae label`` in this process and returns its exit code."""

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["cae", "label", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main.main()
        return left.value.code

    return run


def test_labels_are_corrected_listed_and_undone(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study
) -> None:
    chosen = 'id in ("digit-0003", "digit-0005")'
    assert cae(digits_study.path, chosen, "--to", "new") == 0
    assert "Given: “new” to 2 images." in capsys.readouterr().err
    assert digits_study.full_table["corrected_label"][[3, 5]].tolist() == ["new", "new"]
    assert cae(digits_study.path, "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)["corrections"]
    assert (told["images"], told["label"], told["undone"]) == (2, "new", None)
    assert cae(digits_study.path, "--undo") == 0
    told = capsys.readouterr()
    assert "undone 20" in told.out
    assert "Undone: “new” to 2 images, of 20" in told.err
    assert "corrected_label" not in digits_study.full_table


def test_a_label_taken_back_is_told_as_that_of_the_source(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study
) -> None:
    assert cae(digits_study.path, 'id == "digit-0003"', "--to", "new") == 0
    assert cae(digits_study.path, 'id == "digit-0003"', "--to", "") == 0
    assert cae(digits_study.path, "--undo") == 0
    told = capsys.readouterr()
    assert "Given: that of the source to 1 image." in told.err
    assert "Undone: that of the source to 1 image, of 20" in told.err
    assert "None" not in told.err + told.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "x"], "which images get which label"),
        (['label == "3"'], "which images get which label"),
        (['label == "none"', "--to", "x"], "choose at least one"),
        (["--undo"], "nothing to undo"),
    ],
)
def test_misuse_is_one_line(
    cae: Cae,
    capsys: pytest.CaptureFixture[str],
    digits_study: Study,
    arguments: list[str],
    said: str,
) -> None:
    assert cae(digits_study.path, *arguments) == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
