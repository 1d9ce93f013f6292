import shutil

import numpy as np
import pytest
import torch

from cae.decoding.decoded_path import (
    KINDS,
    REACHES,
    Average,
    anchor_letters,
    decode_path,
    walk,
    walk_average,
    walk_averages,
    walk_direction,
    walk_grid,
)
from cae.errors import CaeError
from cae.latent.direction import Direction
from cae.latent.neighbour_path import neighbour_path
from cae.latent.path import geodesic_path, latent_grid
from cae.latent.space import LatentSpace
from cae.methods.contrastive import ContrastiveSettings
from cae.model import Model
from cae.storage import write_array
from cae.study.study import Study

FLAT = LatentSpace()


@pytest.fixture
def product_study(digits_study: Study) -> Study:
    """The latents are those of a model that keeps meaning and detail apart."""
    settings = ContrastiveSettings(preset="digits", latent=16, width=4, epochs=1, teacher_weight=0)
    torch.manual_seed(0)
    model = Model.for_images(digits_study.images, settings)
    with digits_study.step("train", settings.to_dict()) as files:
        model.save(files.folder / "model")
        for name in ("model.safetensors", "model.json"):
            files.add(f"model/{name}")
    with digits_study.step("encode", {}) as files:
        write_array(files.add("latents.npy"), model.encode(np.asarray(digits_study.images)))
    for step, file in (("project", "projection.npy"), ("cluster", "clusters.parquet")):
        former = digits_study.file(file)
        with digits_study.step(step, {}) as files:
            shutil.copyfile(former, files.add(file))
    return Study.open(digits_study.path)


def require_in_space(study: Study, latents: np.ndarray) -> None:
    size = study.latent_space.semantic
    assert size > 0
    assert np.linalg.norm(latents[:, :size], axis=1) == pytest.approx(1, abs=1e-5)


def test_whatever_is_walked_stays_in_the_space_of_latents(product_study):
    vector = np.asarray(product_study.latents[5] - product_study.latents[6])
    paths = [
        walk(product_study, [3, 200, 77], 9, "geodesic"),
        walk(product_study, [3, 200], 9, "neighbours"),
        walk_grid(product_study, [3, 200, 77, 41], 4),
        walk_direction(product_study, 9, Direction("odd", vector, {}), 3.0),
        walk_average(product_study, np.arange(0, 120, 3)),
    ]
    for path in paths:
        require_in_space(product_study, path.latents)
    ends = np.asarray(product_study.latents[[3, 77]])
    assert np.array_equal(paths[0].latents[[0, -1]], ends)
    assert np.array_equal(paths[3].latents[6], product_study.latents[9])


def test_averages_are_means_in_the_space_of_latents_and_stand_for_no_image(product_study):
    rows = [np.arange(0, 90, 3), np.arange(1, 90, 3), np.array([77])]
    names = ["first", "second", "digit-0077"]
    averages = [Average(name, of) for name, of in zip(names, rows, strict=True)]
    path = walk_averages(product_study, averages, 8)
    space, latents = product_study.latent_space, np.asarray(product_study.latents)
    means = np.stack([space.onto(latents[of].mean(axis=0, dtype=np.float64)) for of in rows])
    at = [one["step"] for one in path.facts["averages"]]
    assert at[0] == 0
    assert at[-1] == 7
    assert path.latents[at] == pytest.approx(means, abs=1e-6)
    assert np.array_equal(path.latents, geodesic_path(means, 8, space))
    require_in_space(product_study, path.latents)
    assert path.letters == ["A", "B", "C"]
    assert path.anchors[2] == 77
    assert path.anchors[0] in rows[0]
    assert path.captions[at[1]] == "The average of B"
    assert path.captions[-1] == "Decoded from C itself"
    assert [one["images"] for one in path.facts["averages"]] == [30, 30, 1]


def test_averages_that_cannot_be_joined_are_sentences(digits_study):
    one = Average("one", np.array([3]))
    with pytest.raises(CaeError, match="averages of 1 groups"):
        walk_averages(digits_study, [one])
    with pytest.raises(CaeError, match="No image is in none"):
        walk_averages(digits_study, [one, Average("none", np.array([], np.int64))])
    with pytest.raises(CaeError, match="no image in row 999"):
        walk_averages(digits_study, [one, Average("odd", np.array([999]))])
    with pytest.raises(CaeError, match="2 steps"):
        walk_averages(digits_study, [one, one], 2)


def test_every_step_is_decoded_placed_and_compared(digits_study):
    path = decode_path(digits_study, walk(digits_study, [3, 200], 5, "geodesic"))
    latents = np.asarray(digits_study.latents)
    assert np.array_equal(path.latents, geodesic_path(latents[[3, 200]], 5, FLAT))
    assert np.array_equal(path.images, digits_study.model.decode(path.latents))
    unit = latents / np.linalg.norm(latents, axis=1, keepdims=True)
    steps = path.latents / np.linalg.norm(path.latents, axis=1, keepdims=True)
    distances = 1 - steps @ unit.T
    assert np.array_equal(path.nearest_rows, distances.argmin(axis=1))
    assert path.nearest_distances == pytest.approx(distances.min(axis=1), abs=1e-5)
    assert path.nearest_rows[[0, -1]].tolist() == [3, 200]
    assert path.places[[0, -1]] == pytest.approx(digits_study.projection[[3, 200]], abs=1e-3)
    assert np.array_equal(path.off_data, digits_study.support.is_far(path.latents))
    assert (path.anchors, path.kind, len(path)) == ((3, 200), "geodesic", 5)


def test_a_path_along_neighbours_stays_nearer_to_images_than_a_straight_one(digits_study):
    rows = [3, 200]
    path = walk(digits_study, rows, 15, "neighbours")
    assert np.array_equal(path.latents, neighbour_path(digits_study.latents, rows, 15, FLAT))
    straight = walk(digits_study, rows, 15)
    assert path.nearest_distances.mean() < straight.nearest_distances.mean()


def test_a_loop_through_several_images_says_where_each_step_is(digits_study):
    path = walk(digits_study, [3, 200, 77, 3], 10)
    assert path.captions[0] == path.captions[-1] == "Decoded from A itself"
    letters = [text[13] for text in path.captions if text.startswith("Decoded from")]
    assert letters == ["A", "B", "C", "A"]
    latents = np.asarray(digits_study.latents)
    for row, letter in ((200, "B"), (77, "C")):
        step = path.captions.index(f"Decoded from {letter} itself")
        assert np.array_equal(path.latents[step], latents[row])
    between = [text for text in path.captions if "of the way from A to B" in text]
    assert len(between) == path.captions.index("Decoded from B itself") - 1
    assert anchor_letters([3, 200, 77, 3]) == ["A", "B", "C", "A"]


def test_a_grid_is_filled_between_four_images(digits_study):
    rows = [3, 200, 77, 41]
    path = decode_path(digits_study, walk_grid(digits_study, rows, 4))
    assert np.array_equal(
        path.latents, latent_grid(np.asarray(digits_study.latents[rows]), 4, FLAT)
    )
    assert len(path.images) == 16
    assert path.nearest_rows[[0, 3, 12, 15]].tolist() == rows
    assert (path.captions[0], path.captions[-1]) == ("Row 1, column 1", "Row 4, column 4")


@pytest.mark.parametrize("reach", REACHES)
def test_a_direction_is_followed_to_both_sides_of_an_image(digits_study, reach):
    latents = np.asarray(digits_study.latents)
    direction = Direction("thicker", latents[5] - latents[6], {"kind": "difference"})
    path = walk_direction(digits_study, 9, direction, reach)
    assert np.array_equal(path.latents[6], latents[9])
    assert path.captions[6] == "The image itself"
    assert path.facts["deviations"][6] == 0
    assert (path.captions[0], path.captions[-1]) == (f"−{reach} σ", f"+{reach} σ")
    assert path.latents[-1] == pytest.approx(latents[9] + reach * direction.vector, abs=1e-5)
    assert path.facts["direction"] == {"name": "thicker", "kind": "difference"}
    with pytest.raises(CaeError, match="find it again"):
        walk_direction(digits_study, 9, Direction("old", np.ones(3, dtype=np.float32)))


@pytest.mark.parametrize("row", [9, 60, 200])
@pytest.mark.parametrize("size", [0.1, 1.0, 4.0])
def test_a_direction_is_followed_as_far_as_images_show_it(digits_study, row, size):
    latents = np.asarray(digits_study.latents)
    direction = Direction("thicker", (latents[5] - latents[6]) * np.float32(size), {})
    path = walk_direction(digits_study, row, direction)
    reach = path.facts["deviations"][-1]
    assert path.facts["deviations"][0] == -reach
    for farther in (other for other in REACHES if other > reach):
        ends = walk_direction(digits_study, row, direction, farther).off_data[[0, -1]]
        assert ends.any(), farther
    assert not path.off_data[[0, -1]].any() or reach == REACHES[-1]


def test_an_anchor_may_be_its_own_goal(digits_study):
    path = decode_path(digits_study, walk(digits_study, [7, 7], 3))
    assert (path.nearest_rows == 7).all()
    assert (path.images == path.images[0]).all()


@pytest.mark.parametrize(
    ("anchors", "steps", "kind", "sentence"),
    [
        ([0, 360], 9, "geodesic", "no image in row 360"),
        ([-1, 3], 9, "geodesic", "no image in row -1"),
        ([0], 9, "geodesic", "two anchors"),
        ([0, 1], 2, "geodesic", "3–49"),
        ([0, 1], 50, "geodesic", "3–49"),
        (list(range(13)), 20, "geodesic", "13 images"),
        ([0, 1], 9, "winding", "choose one of geodesic, neighbours"),
    ],
)
def test_what_cannot_be_walked_is_a_sentence(digits_study, anchors, steps, kind, sentence):
    with pytest.raises(CaeError, match=sentence):
        walk(digits_study, anchors, steps, kind)


def test_kinds_explain_themselves_in_one_sentence():
    for kind in KINDS.values():
        assert kind.title
        assert kind.sentence.endswith(".")
        assert kind.sentence.count(".") == 1


def test_an_average_varies_around_the_mean_of_its_images(digits_study):
    rows = np.arange(0, 120, 3)
    path = walk_average(digits_study, rows)
    members = np.asarray(digits_study.latents[rows], dtype=np.float64)
    assert len(path) == 21
    for middle in (3, 10, 17):
        assert path.latents[middle] == pytest.approx(members.mean(axis=0), abs=1e-5)
        assert path.captions[middle] == "The mean"
    axes = np.stack([path.latents[first + 6] - path.latents[first] for first in (0, 7, 14)])
    lengths = np.linalg.norm(axes, axis=1)
    assert axes @ axes.T == pytest.approx(np.diag(lengths**2), abs=float(1e-3 * lengths[0] ** 2))
    spread = np.sort(np.linalg.eigvalsh(np.cov(members.T)))[::-1][:3] ** 0.5
    assert lengths == pytest.approx(4 * spread, rel=1e-3)
    assert path.anchors[0] in rows
    with pytest.raises(CaeError, match="two or more"):
        walk_average(digits_study, np.array([4]))
