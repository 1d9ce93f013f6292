import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from sklearn.datasets import load_digits

import cae.training.teacher
from cae.errors import CaeError
from cae.methods.contrastive import ContrastiveSettings
from cae.model import Model
from cae.training.checkpoint import CHECKPOINT, TEACHER_FILE
from cae.training.loop import HISTORY, _Trainer, fit, parameter_groups
from tests.conftest import image_methods, settings_of

QUICK = {"width": 4, "latent": 8, "batch": 32, "preset": "digits", "seed": 5, "teacher_weight": 0}

GROUPS = {"clinical": np.stack([np.arange(128) % 5 - 1, np.arange(128) % 3], axis=1)}


@pytest.fixture(scope="module")
def images():
    small = (load_digits().images[:128] * (255 / 16)).astype(np.uint8)
    return np.pad(small.repeat(3, 1).repeat(3, 2), ((0, 0), (2, 2), (2, 2)))[..., None]


def train(images, folder, progress=lambda *_: None, **changes):
    settings = settings_of(**{**QUICK, **changes})
    rows = np.arange(96), np.arange(96, 128)
    return fit(images, *rows, settings, folder, progress, GROUPS.get(settings.method))


@pytest.mark.parametrize("method", image_methods())
@pytest.mark.parametrize("architecture", ["paper", "residual"])
def test_every_method_learns(images, tmp_path, method, architecture):
    train(images, tmp_path, epochs=6, method=method, architecture=architecture, clinical=("a", "b"))
    history = [json.loads(line) for line in (tmp_path / HISTORY).read_text().splitlines()]
    assert [record["epoch"] for record in history] == [1, 2, 3, 4, 5, 6]
    assert history[-1]["train_reconstruction"] < history[0]["train_reconstruction"]
    assert {"val_reconstruction", "images_per_second", "seconds"} <= set(history[0])
    assert not (tmp_path / CHECKPOINT).exists()


def test_the_two_methods_differ_in_what_contrast_adds(images, tmp_path):
    names = {}
    for method in ("autoencoder", "contrastive"):
        train(images, tmp_path / method, epochs=1, method=method)
        record = json.loads((tmp_path / method / HISTORY).read_text().splitlines()[0])
        names[method] = {name for name in record if name.startswith("train_")}
    added = {"train_contrastive", "train_interpolation"}
    assert names["contrastive"] - names["autoencoder"] == added


@pytest.mark.parametrize("method", ["contrastive", "pseudo-class"])
def test_relations_are_learnt_from_a_teacher(images, tmp_path, method):
    train(images, tmp_path, epochs=6, method=method, teacher_weight=2, latent=32)
    history = [json.loads(line) for line in (tmp_path / HISTORY).read_text().splitlines()]
    losses = [record["train_teacher"] for record in history if "train_teacher" in record]
    assert losses[-1] < losses[0]
    assert "val_teacher" in history[-1]
    assert not (tmp_path / TEACHER_FILE).exists()


def test_progress_begins_with_the_teacher_and_never_goes_back(images, tmp_path):
    seen = []
    train(images, tmp_path, lambda *told: seen.append(told), epochs=2, teacher_weight=1)
    done = [one for one, _, _ in seen]
    assert done == sorted(done)
    assert {total for _, total, _ in seen} == {128 + 2 * 96}
    assert (seen[0][2], done[-1]) == ("asking the teacher", 128 + 2 * 96)


def test_a_teacher_is_asked_once_where_a_training_goes_on(images, tmp_path, monkeypatch):
    def stop_after_two(done, total, message=""):
        if message.startswith("epoch 3 "):
            raise KeyboardInterrupt

    train(images, tmp_path / "whole", epochs=4, teacher_weight=1)
    with pytest.raises(KeyboardInterrupt):
        train(images, tmp_path / "cut", stop_after_two, epochs=4, teacher_weight=1)
    monkeypatch.setattr(cae.training.teacher, "layered_features", None)
    train(images, tmp_path / "cut", epochs=4, teacher_weight=1)
    whole, cut = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "cut"))
    assert all(np.array_equal(whole[key], cut[key]) for key in whole)


def test_equal_seeds_give_equal_weights_and_others_do_not(images, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(images, tmp_path / name, epochs=1, seed=seed)
    a, b, c = (load_file(tmp_path / name / "model.safetensors") for name in "abc")
    assert all(np.array_equal(a[key], b[key]) for key in a)
    assert any(not np.array_equal(a[key], c[key]) for key in a)


SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from cae.training.loop import fit
from tests.conftest import settings_of
images = np.load(sys.argv[1])
settings = settings_of(
    sys.argv[3],
    epochs=6,
    width=4,
    latent=8,
    batch=32,
    preset="digits",
    seed=5,
    refresh=2,
    teacher_weight=1,
)
fit(images, np.arange(96), np.arange(96, 128), settings, Path(sys.argv[2]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["prototypes", "pseudo-class"])
def test_killed_and_resumed_ends_with_the_same_weights(images, tmp_path, method):
    np.save(tmp_path / "images.npy", images)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "images.npy")]
    train(images, tmp_path / "whole", epochs=6, method=method, refresh=2, teacher_weight=1)
    killed = tmp_path / "killed"
    interruptions = 0
    for wanted_epochs in (1, 4):
        process = subprocess.Popen([*command, str(killed), method])
        while process.poll() is None:
            history = killed / HISTORY
            if history.exists() and len(history.read_text().splitlines()) >= wanted_epochs:
                os.kill(process.pid, signal.SIGKILL)
                break
            time.sleep(0.005)
        interruptions += process.wait() == -signal.SIGKILL
    assert interruptions == 2
    assert not (killed / "model.safetensors").exists()
    subprocess.run([*command, str(killed), method], check=True)
    whole = load_file(tmp_path / "whole" / "model.safetensors")
    resumed = load_file(killed / "model.safetensors")
    assert all(np.array_equal(whole[key], resumed[key]) for key in whole)
    assert len((killed / HISTORY).read_text().splitlines()) == 6


def stop_in_second_epoch(done, total, message=""):
    if message.startswith("epoch 2"):
        raise KeyboardInterrupt


def test_other_settings_do_not_take_over_a_checkpoint(images, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(images, tmp_path, stop_in_second_epoch, epochs=3)
    assert (tmp_path / CHECKPOINT).exists()
    seen = []
    train(images, tmp_path, lambda done, *_: seen.append(done), epochs=3, temperature=0.3)
    assert seen[0] == 32


def test_a_checkpoint_of_another_version_is_not_taken_over(images, tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        train(images, tmp_path, stop_in_second_epoch, epochs=3)
    monkeypatch.setattr(
        "cae.training.loop.parameter_groups",
        lambda module, begun, rate: [{"params": module.parameters(), "lr": rate}],
    )
    seen = []
    train(images, tmp_path, lambda done, *_: seen.append(done), epochs=3)
    assert seen[0] == 32


def test_progress_counts_images_to_the_end(images, tmp_path):
    seen = []
    train(images, tmp_path, lambda *told: seen.append(told), epochs=2)
    assert [done for done, *_ in seen] == [32, 64, 96, 128, 160, 192]
    assert seen[-1][1] == 192
    assert "epoch 2 of 2" in seen[-1][2]
    assert "images/s" in seen[-1][2]


def test_stops_early_and_keeps_the_best_weights(images, tmp_path):
    train(images, tmp_path, epochs=40, learning_rate=3.0, patience=2, method="autoencoder")
    history = [json.loads(line) for line in (tmp_path / HISTORY).read_text().splitlines()]
    losses = [record["val_reconstruction"] for record in history]
    assert len(history) < 40
    assert int(np.argmin(losses)) == len(losses) - 3


def validation(folder, term="contrastive"):
    lines = (folder / HISTORY).read_text().splitlines()
    return [json.loads(line)[f"val_{term}"] for line in lines]


def test_validation_batches_are_no_neighbours_in_the_file_and_the_same_each_epoch(
    images, tmp_path, monkeypatch
):
    """Neighbours are often of one label, and a batch of these is harder to tell apart."""
    asked = []
    losses = _Trainer._losses

    def noting(self, rows):
        if not self.module.training:
            asked.append(rows.tolist())
        return losses(self, rows)

    monkeypatch.setattr(_Trainer, "_losses", noting)
    settings = settings_of(**QUICK | {"batch": 16, "epochs": 2})
    fit(images, np.arange(64), np.arange(64, 128), settings, tmp_path)
    first, second = asked[:4], asked[4:]
    assert first == second
    assert sorted(sum(first, [])) == list(range(64, 128))
    assert all(max(rows) - min(rows) > 32 for rows in first)


def test_images_are_paired_however_their_rows_are_sorted(images, tmp_path, monkeypatch):
    """Methods pair the halves of a batch; files are often sorted by label."""
    asked = []
    losses = _Trainer._losses

    def noting(self, rows):
        if self.module.training:
            asked.append(rows)
        return losses(self, rows)

    monkeypatch.setattr(_Trainer, "_losses", noting)
    fit(
        images,
        np.arange(96),
        np.arange(96, 128),
        settings_of(**QUICK | {"batch": 32, "epochs": 4}),
        tmp_path,
    )
    halves = np.concatenate([rows.reshape(2, -1) for rows in asked], axis=1)
    of_one_class = np.equal(*(halves // 48)).mean()
    assert halves.shape == (2, 4 * 96 // 2)
    assert abs(of_one_class - 0.5) < 0.12


def test_the_best_weights_are_those_by_the_groups_there_are_at_the_end(
    images, tmp_path, monkeypatch
):
    """A refresh makes the loss another one; what was best before is measured by it, too."""
    trainers, epochs = [], _Trainer.run_epoch

    def noting(self, progress):
        epochs(self, progress)
        trainers.append(self)

    monkeypatch.setattr(_Trainer, "run_epoch", noting)
    train(images, tmp_path, method="pseudo-class", epochs=9, refresh=2, pseudo_classes=4, seed=1)
    trainer = trainers[-1]
    state = trainer.state
    last = state.history[-1]
    of_last = sum(value for name, value in last.items() if name.startswith("val_"))
    trainer.model.module.load_state_dict(state.best_weights)
    of_best = sum(trainer._validate().values())
    assert of_best == pytest.approx(state.best_loss, rel=1e-5)
    assert of_best <= of_last + 1e-6


def test_every_validation_image_counts(images, tmp_path):
    """The last of them cannot be reconstructed, as nothing like it was trained on."""
    many = np.concatenate([images[:64], np.repeat(images[64:65], 2_100, axis=0)])
    odd = many.copy()
    odd[-1] = 255 - odd[-1]
    for name, shown in (("many", many), ("odd", odd)):
        settings = settings_of("autoencoder", **QUICK, epochs=1)
        fit(shown, np.arange(64), np.arange(64, len(shown)), settings, tmp_path / name)
    usual, last = (validation(tmp_path / name, "reconstruction")[0] for name in ("many", "odd"))
    assert last > usual


def test_validation_has_the_loss_of_the_training(images, tmp_path, monkeypatch):
    """The pseudo-classes of validation images, and views of members of these."""
    asked = []
    losses = _Trainer._losses

    def noting(self, rows):
        if not self.module.training:
            asked.append((self.state.groups[rows], self.state.positives[rows], rows))
        return losses(self, rows)

    monkeypatch.setattr(_Trainer, "_losses", noting)
    train(images, tmp_path, method="pseudo-class", epochs=5, refresh=2, pseudo_classes=4)
    groups, positives, rows = asked[-1]
    assert sorted(rows) == list(range(96, 128))
    assert (groups >= 0).all()
    others = positives[positives != torch.from_numpy(rows)[:, None]]
    assert len(others) > 0
    assert (others < 96).all()


def test_trains_without_validation_images_and_with_small_batches(images, tmp_path):
    settings = ContrastiveSettings(**{**QUICK, "epochs": 1, "batch": 512})
    model = fit(images, np.arange(3), np.array([], int), settings, tmp_path)
    assert np.isfinite(model.encode(images[:2])).all()


def test_one_image_is_too_few(images, tmp_path):
    with pytest.raises(CaeError, match="two images"):
        fit(images, np.arange(1), np.arange(0), ContrastiveSettings(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_model_on_disk_is_the_one_returned(images, tmp_path):
    model = train(images, tmp_path, epochs=1)
    latents = model.encode(images[:4])
    np.testing.assert_array_equal(Model.load(tmp_path).encode(images[:4]), latents)


def test_weights_that_begin_computed_move_by_smaller_steps(images, tmp_path):
    made = []

    def untrained(images, settings):
        model = Model.for_images(images, settings)
        begin = model.module.begin

        def remember(sample):
            returned = begin(sample)
            made.append({k: v.clone() for k, v in model.module.state_dict().items()})
            return returned

        model.module.begin = remember
        model.module.finish = lambda images: None
        return model

    settings = settings_of("autoencoder", **QUICK, epochs=1, weight_decay=0)
    rows = np.arange(96), np.arange(96, 128)
    model = fit(images, *rows, settings, tmp_path, untrained=untrained)
    after = model.module.state_dict()
    moved = {name: float((after[name] - old).abs().max()) for name, old in made[0].items()}
    computed = ("encoder.linear.weight", "decoder.linear.weight")
    largest = 3 * settings.learning_rate
    assert all(0 < moved[name] < 0.11 * largest for name in computed)
    assert 0.3 * largest < moved["encoder.layout.weight"] <= 1.1 * largest


def test_parameter_groups_hold_every_parameter_once():
    module = torch.nn.Linear(3, 2)
    whole = parameter_groups(module, [], 0.5)
    assert [group["lr"] for group in whole] == [0.5]
    others, small = parameter_groups(module, [module.weight], 0.5)
    assert others["params"][0] is module.bias
    assert small["params"][0] is module.weight
    assert len(others["params"]) == len(small["params"]) == 1
    assert 0 < small["lr"] < others["lr"] == 0.5


@pytest.mark.parametrize("validation", [0, 32])
def test_a_training_that_diverges_is_no_model(images, tmp_path, monkeypatch, validation):
    def diverged(self, rows):
        weights = next(self.model.module.parameters())
        return {"reconstruction": (weights * float("nan")).sum()}

    monkeypatch.setattr("cae.training.loop._Trainer._losses", diverged)
    rows = np.arange(96), np.arange(96, 96 + validation)
    with pytest.raises(CaeError, match="Training diverged"):
        fit(images, *rows, settings_of(**QUICK, epochs=2), tmp_path)
    assert not (tmp_path / "model.safetensors").exists()
