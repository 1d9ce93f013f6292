"""Latents from elsewhere, from a shell."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cae.study.study import Study
from tests.cli.conftest import Cae
from tests.conftest import digits_imageset

pytestmark = pytest.mark.usefixtures("quick_map")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    pixels = digits_imageset(90).images[..., 0]
    np.savez(tmp_path / "few.npz", train_images=pixels[:60], test_images=pixels[60:])
    np.save(tmp_path / "vectors.npy", pixels.reshape(90, -1)[:, 100:140] + np.arange(40))
    return tmp_path


def test_one_command_builds_a_study_of_vectors_and_another_their_decoder(cae: Cae, images, capsys):
    out = images / "out"
    source, vectors = f"npz:{images / 'few.npz'}", images / "vectors.npy"
    assert cae("build", source, "--out", out, "--latents", vectors, "--scaling", "standard") == 0
    said = capsys.readouterr().err
    assert "taken in their order" in said
    assert "40 numbers per image from vectors.npy, standardised" in said
    study = Study.open(out)
    assert study.is_current("cluster")
    assert not study.is_done("train")
    finished = study.manifest["steps"]["encode"]["finished"]

    assert cae("build", out, "--method", "decoder", "--epochs", 1, "--width", 4) == 0
    study.refresh()
    assert study.can_decode
    assert study.manifest["steps"]["encode"]["finished"] == finished
    assert cae("build", out) == 0
    assert cae("train", out, "--epochs", 2) == 0
    assert Study.open(out).parameters("decoder")["epochs"] == 2

    capsys.readouterr()
    assert cae("info", out, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["latents_from"] == "40 numbers per image from vectors.npy, standardised"
    assert [*facts["steps"]] == ["import", "encode", "project", "cluster", "decoder"]
    assert cae("verify", out) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--latents", "none.npy"], "There is no file none.npy"),
        (["--scaling", "unit"], "name their file with --latents"),
        (["--latents", "{}", "--method", "contrastive"], "contradicts it"),
        (["--latents", "{}", "--scaling", "odd"], "There is no scaling 'odd'"),
    ],
)
def test_options_that_contradict_are_refused_before_anything_is_read(
    cae: Cae, images, capsys, options, words
):
    given = [one.format(images / "vectors.npy") for one in options]
    source = f"npz:{images / 'few.npz'}"
    assert cae("build", source, "--out", images / "out", *given) == 2
    assert words in capsys.readouterr().err
    assert not (images / "out").exists()


def test_vectors_that_do_not_fit_leave_an_imported_study(cae: Cae, images, capsys):
    pd.DataFrame({"id": ["x"], "f0": [1.0], "f1": [2.0]}).to_csv(images / "v.csv", index=False)
    source = f"npz:{images / 'few.npz'}"
    assert cae("build", source, "--out", images / "out", "--latents", images / "v.csv") == 2
    assert "names its vectors 'x', and no image of the study" in capsys.readouterr().err
    assert cae("build", images / "out", "--latents", images / "vectors.npy") == 0
