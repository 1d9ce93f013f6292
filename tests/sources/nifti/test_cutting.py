import numpy as np
import pytest

from cae.errors import CaeError
from cae.sources import parse
from cae.sources.nifti.cutting import Cutting, split_argument


@pytest.mark.parametrize(
    ("argument", "path", "cutting"),
    [
        ("scans", "scans", Cutting()),
        ("scans,all", "scans", Cutting("all")),
        ("scans,Sagittal,2.5mm", "scans", Cutting("sagittal", 2.5)),
        ("scans,patch64,0mm", "scans", Cutting(step_mm=0, patch=64)),
        ("a,b/scans", "a,b/scans", Cutting()),
        ("a,b,coronal", "a,b", Cutting("coronal")),
    ],
)
def test_words_behind_the_path_say_how_to_cut(argument, path, cutting):
    assert split_argument(argument) == (path, cutting)


def test_a_source_names_its_cutting():
    for words in ("", ",all", ",coronal,2mm", ",0mm,patch64"):
        assert parse(f"nifti:/scans{words}").spec == f"nifti:/scans{words}"
    with pytest.raises(CaeError, match="8 or more"):
        parse("nifti:scans,patch4")
    with pytest.raises(CaeError, match="lacks a folder"):
        parse("nifti:")


@pytest.mark.parametrize(("count", "thickness", "step"), [(180, 1, 5), (155, 0.7, 3), (20, 4, 10)])
def test_slices_are_as_far_apart_as_asked(count, thickness, step):
    slices = Cutting(step_mm=step).slices(count, thickness)
    gaps = np.diff(slices) * thickness
    assert np.abs(gaps - step).max() <= thickness
    # What is left over at both ends is alike.
    assert abs(slices[0] - (count - 1 - slices[-1])) <= 1 + step / thickness / 2


def test_no_step_and_a_small_one_take_all_and_a_large_one_the_middle():
    assert Cutting(step_mm=0).slices(7, 1).tolist() == list(range(7))
    assert Cutting(step_mm=1).slices(7, 2).tolist() == list(range(7))
    assert Cutting(step_mm=100).slices(7, 2).tolist() == [3]
