import pickle

import pytest
import torch

from cae.errors import CaeError
from cae.training.checkpoint import CHECKPOINT, load_checkpoint, remove_checkpoint, save_checkpoint


def test_gives_back_what_was_saved(tmp_path):
    state = {"weights": {"w": torch.arange(3.0)}, "epoch": 2}
    save_checkpoint(tmp_path, state)
    loaded = load_checkpoint(tmp_path)
    assert loaded["epoch"] == 2
    assert torch.equal(loaded["weights"]["w"], state["weights"]["w"])
    remove_checkpoint(tmp_path)
    assert load_checkpoint(tmp_path) is None
    remove_checkpoint(tmp_path)


def test_a_damaged_checkpoint_says_what_to_do(tmp_path):
    save_checkpoint(tmp_path, {"w": torch.zeros(100)})
    file = tmp_path / CHECKPOINT
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(CaeError, match="no checkpoint; delete it to train from the start"):
        load_checkpoint(tmp_path)


class Harmful:
    def __reduce__(self):
        return (print, ("harm done",))


def test_never_runs_what_a_file_brings(tmp_path, capsys):
    (tmp_path / CHECKPOINT).write_bytes(pickle.dumps(Harmful()))
    with pytest.raises(CaeError):
        load_checkpoint(tmp_path)
    torch.save({"w": Harmful()}, tmp_path / CHECKPOINT)
    with pytest.raises(CaeError):
        load_checkpoint(tmp_path)
    assert "harm" not in capsys.readouterr().out
