import numpy as np
import pytest

from cae.storage import write_array
from cae.study.step import LOCAL_STEPS, MAP_STEPS
from cae.study.study import Study
from pages.components.state.outdated_notice import outdated_words


def again(study: Study, step: str) -> None:
    """Give a step another result."""
    with study.step(step, {"again": True}) as files:
        if step in ("train", "local"):
            files.add(f"{'model' if step == 'train' else 'local'}/model.json").write_text("{}")
        else:
            name = "latents.npy" if step == "encode" else "projection.npy"
            write_array(files.add(name), np.zeros((len(study), 2), np.float32))


def test_of_a_study_that_is_current_nothing_is_said(local_study):
    assert outdated_words(local_study, MAP_STEPS) == outdated_words(local_study, LOCAL_STEPS) == ""


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (["train"], "Latents, map and clusters: made from the former model."),
        (["train", "encode"], "Map and clusters: made from the former latents."),
        (["project"], "Clusters: made from the former map."),
        (["train", "encode", "project"], "Clusters: made from the former latents and map."),
    ],
)
def test_what_was_made_from_former_results_is_named(local_study, steps, words):
    for step in steps:
        again(local_study, step)
    assert outdated_words(local_study, MAP_STEPS) == words
    assert outdated_words(local_study, LOCAL_STEPS) == ""


def test_the_way_to_regions_stands_apart(local_study):
    again(local_study, "local")
    words = "Areas of regions: made from the former local model."
    assert outdated_words(local_study, LOCAL_STEPS) == words
    assert outdated_words(local_study, MAP_STEPS) == ""
