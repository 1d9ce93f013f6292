"""Which images are drawn follows from their errors alone."""

import importlib
import io

import numpy as np
import pytest
from PIL import Image

from cae.study import steps
from cae.study.study import Study


def test_best_median_and_worst_are_drawn_and_say_what_they_are(digits_study: Study) -> None:
    steps.sharpen(digits_study, epochs=1, width=8)
    pictures = importlib.import_module("decode_pictures")
    test = digits_study.rows("test")
    real = np.asarray(digits_study.images[test], np.float64)
    decoded = digits_study.model.decode(digits_study.latents[test]).astype(np.float64)
    errors = ((real - decoded) ** 2).mean(axis=(1, 2, 3))
    rows = pictures.chosen_rows(digits_study)
    chosen = {name: errors[test.tolist().index(row)] for name, row in rows.items()}
    assert chosen["best"] == errors.min()
    assert chosen["worst"] == errors.max()
    assert (errors < chosen["median"]).mean() == pytest.approx(0.5, abs=1 / len(test))

    with Image.open(io.BytesIO(pictures.draw(digits_study, rows))) as picture:
        width, height = picture.size
        told = " ".join(map(str, picture.info.values()))
    assert width > height
    assert "error of the mean decode" in told
