import json

import numpy as np
import pytest

from cae.decoding.direction_store import (
    DIRECTIONS,
    NAME_LENGTH,
    delete_direction,
    keep_direction,
    save_direction,
    saved_directions,
)
from cae.errors import CaeError
from cae.latent.direction import Direction
from cae.study.append import append
from cae.study.study import Study
from tests.conftest import MoreDigits


def direction(name: str) -> Direction:
    return Direction(name, np.linspace(-1, 1, 16, dtype=np.float32), {"kind": "difference"})


def test_saved_directions_come_back_by_name(digits_study):
    save_direction(digits_study, direction("thick"))
    save_direction(digits_study, direction("Slanted "))
    first, second = saved_directions(digits_study)
    assert (first.name, second.name) == ("Slanted", "thick")
    assert np.array_equal(first.vector, direction("").vector)
    assert first.facts == {"kind": "difference"}
    delete_direction(digits_study, "Slanted")
    delete_direction(digits_study, "never there")
    assert [one.name for one in saved_directions(digits_study)] == ["thick"]


@pytest.mark.parametrize(
    ("name", "sentence"), [("THICK", "already"), (" ", "1 to 60"), ("x" * 61, "1 to 60")]
)
def test_names_that_cannot_be_used_are_sentences(digits_study, name, sentence):
    save_direction(digits_study, direction("thick"))
    with pytest.raises(CaeError, match=sentence):
        save_direction(digits_study, direction(name))
    assert len(saved_directions(digits_study)) == 1


def test_a_direction_is_kept_once_and_another_of_its_name_gets_a_number(digits_study):
    kept = direction("thick")
    other = Direction("Thick", -kept.vector, kept.facts)
    third = Direction("thick", 2 * kept.vector, kept.facts)
    assert keep_direction(digits_study, kept) == "thick"
    assert keep_direction(digits_study, kept) == "thick"
    assert keep_direction(digits_study, other) == "Thick (2)"
    assert keep_direction(digits_study, third) == "thick (3)"
    assert keep_direction(digits_study, other) == "Thick (2)"
    saved = {one.name: one.vector for one in saved_directions(digits_study)}
    assert sorted(saved) == ["Thick (2)", "thick", "thick (3)"]
    assert np.array_equal(saved["Thick (2)"], other.vector)


def test_a_long_name_is_shortened_until_the_number_fits(digits_study):
    kept = direction("x" * 80)
    assert keep_direction(digits_study, kept) == "x" * NAME_LENGTH
    second = keep_direction(digits_study, Direction("x" * 80, -kept.vector))
    assert second == f"{'x' * (NAME_LENGTH - 4)} (2)"


def test_directions_of_other_latents_are_left_out(digits_study):
    save_direction(digits_study, direction("thick"))
    file = digits_study.path / DIRECTIONS
    content = json.loads(file.read_text())
    content["directions"][0]["latents"] = "of another model"
    file.write_text(json.dumps(content))
    assert saved_directions(digits_study) == []
    save_direction(digits_study, direction("thick"))
    assert len(saved_directions(digits_study)) == 1


def test_directions_stay_when_images_are_added(digits_study):
    save_direction(digits_study, direction("thick"))
    count = len(digits_study)
    append(digits_study, MoreDigits(count, 20))
    study = Study.open(digits_study.path)
    assert [one.name for one in saved_directions(study)] == ["thick"]
    save_direction(study, direction("other"))
    assert [one.name for one in saved_directions(study)] == ["other", "thick"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is damaged: it is not JSON"),
        ("[]", "is damaged: all of it should be an object"),
        ('{"format": 1, "directions": [3]}', "is damaged: directions.0 should be an object"),
        ('{"format": 9}', "has format 9, but this version reads 1; update"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_stays_as_it_is(digits_study, text, sentence):
    file = digits_study.path / DIRECTIONS
    file.write_text(text)
    for ask in (
        lambda: saved_directions(digits_study),
        lambda: save_direction(digits_study, direction("thick")),
        lambda: keep_direction(digits_study, direction("thick")),
        lambda: delete_direction(digits_study, "thick"),
    ):
        with pytest.raises(CaeError, match=sentence):
            ask()
    assert file.read_text() == text


def test_a_study_that_cannot_be_written_is_a_sentence(digits_study, monkeypatch):
    def refuse(path, value):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cae.decoding.direction_store.write_json", refuse)
    with pytest.raises(CaeError, match="cannot be written"):
        save_direction(digits_study, direction("thick"))
