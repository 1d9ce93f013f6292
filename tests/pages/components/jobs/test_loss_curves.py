"""The losses of a training as a picture."""

from pathlib import Path

import pytest

from pages.components.jobs.loss_curves import loss_figure, read_history

_TIMES = '"seconds": 3.0, "images_per_second": 9.0'
_FIRST = f'{{"epoch": 1, "train_reconstruction": 2.0, "train_contrastive": 5.0, {_TIMES}}}\n'
_SECOND = f'{{"epoch": 2, "train_reconstruction": 1.0, "train_contrastive": 4.0, {_TIMES}}}\n'


def test_no_history_yet(tmp_path: Path) -> None:
    assert read_history(tmp_path / "history.jsonl").empty


@pytest.mark.parametrize("rest", ['{"epoch": 3, "train_rec', "\0\0", "[1, 2]\n", "7\n"])
def test_a_line_that_is_not_whole_is_left_out(tmp_path: Path, rest: str) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text(_FIRST + _SECOND + rest)
    assert read_history(file)["epoch"].tolist() == [1, 2]


def test_one_panel_per_loss_and_one_line_per_split(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text(_FIRST + _SECOND.replace("}", ', "val_contrastive": 4.5}'))
    figure = loss_figure(read_history(file))
    titles = [note.text for note in figure.layout.annotations]
    assert titles == ["Reconstruction loss", "Contrastive loss"]
    lines = [(line.name, line.xaxis or "x") for line in figure.data]
    assert lines == [("Training", "x"), ("Training", "x2"), ("Validation", "x2")]
    assert list(figure.data[0].y) == [2.0, 1.0]


def test_many_losses_are_wrapped(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    losses = ", ".join(f'"train_loss{number}": 1.0' for number in range(6))
    file.write_text(f'{{"epoch": 1, {losses}, {_TIMES}}}\n')
    figure = loss_figure(read_history(file))
    assert len(figure.data) == len({(line.xaxis, line.yaxis) for line in figure.data}) == 6
    heights = [figure.layout[f"yaxis{number or ''}"].domain[0] for number in ("", 2, 3, 4)]
    assert heights[0] == heights[1] > heights[2] == heights[3]
    assert sum(line.showlegend for line in figure.data) == 1


@pytest.mark.parametrize(("epochs", "tick"), [(1, 1), (6, 1), (7, 2), (30, 5), (31, 10)])
def test_ticks_are_whole_epochs(tmp_path: Path, epochs: int, tick: int) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text("".join(_FIRST.replace("1", str(n + 1), 1) for n in range(epochs)))
    assert loss_figure(read_history(file)).layout.xaxis.dtick == tick
