import json

import numpy as np
import pytest
from PIL import Image

from cae.columns.colours import SCALE, rgb
from cae.decoding.rendering import LIKELY, Rendering
from cae.decoding.spread import Spread, deviation_map, draw_spread
from cae.errors import CaeError
from cae.export.spread import LEAST_LIMIT, deviation_limit, deviation_picture, export_spread
from cae.study.steps import sharpen


def test_picture_says_of_each_image_how_it_was_made(digits_study, tmp_path):
    sharpen(digits_study, epochs=1, width=8)
    spread = draw_spread(digits_study, digits_study.latents[4], seed=5, draws=3)
    out = export_spread(digits_study, spread, tmp_path / "synthetic-spread.png")
    picture = Image.open(out)
    told = json.loads(picture.text["spread"])
    likely = told["likely"]
    assert [one["noise_seed"] for one in likely] == [5, 6, 7]
    assert all(one["decoded_as"] == "likely" and one["flow_steps"] == 4 for one in likely)
    assert "not an image of a real subject" in picture.text["Synthetic"]
    assert told["deviation"]["unit"] == "grey levels of 0-255"
    # Five tiles of at least 160 pixels, without gaps.
    assert picture.width > 5 * 160
    with pytest.raises(CaeError, match="synthetic"):
        export_spread(digits_study, spread, tmp_path / "spread.png")


def test_what_is_far_from_every_image_says_so(digits_study, tmp_path):
    images = np.asarray(digits_study.images[3:6])
    renderings = tuple(Rendering(LIKELY, seed) for seed in (4, 5, 6))
    heights = []
    for is_off_data in (False, True):
        spread = Spread(images[0], images, renderings, deviation_map(images), is_off_data)
        picture = Image.open(export_spread(digits_study, spread, tmp_path / "synthetic.png"))
        assert json.loads(picture.text["spread"])["off_data"] is is_off_data
        heights.append(picture.height)
    assert heights[1] == heights[0] + 18


def test_map_goes_from_the_first_colour_to_the_last():
    deviation = np.array([[0.0, 20.0], [40.0, 80.0]])
    picture = deviation_picture(deviation, 40.0)
    assert tuple(picture[0, 0]) == rgb(SCALE[0])
    assert tuple(picture[0, 1]) == rgb(SCALE[4])
    assert tuple(picture[1, 0]) == tuple(picture[1, 1]) == rgb(SCALE[-1])


def test_what_hardly_differs_is_not_blown_up():
    assert deviation_limit(np.array([[0.5]])) == LEAST_LIMIT
    assert deviation_limit(np.array([[30.2]])) == 31
