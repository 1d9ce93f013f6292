import numpy as np
import pytest

from cae.cohorts.place import FILE
from cae.errors import CaeError
from cae.storage import write_array, write_json
from cae.study import maps
from cae.study.study import Study
from cae.study.verify import verify


def test_what_is_wrong_is_told_once_and_without_advice(digits_study: Study) -> None:
    (digits_study.path / FILE).write_bytes(b"no database" * 100)
    with pytest.raises(CaeError, match=rf"{FILE} is damaged: .*; restore it from a copy, or move"):
        digits_study.cohorts.list()
    (damage,) = verify(Study.open(digits_study.path))
    assert (damage.file, damage.step) == (FILE, "")
    assert not any(word in damage.reason for word in ("damaged", "restore", str(digits_study.path)))


def test_a_map_of_other_images_says_what_to_do(digits_study: Study) -> None:
    projection = maps.umap_projection(5, 0.1)
    folder = digits_study.path / maps.FOLDER
    folder.mkdir()
    write_array(folder / f"{projection.name}.npy", np.zeros((3, 2), np.float32))
    write_json(folder / f"{projection.name}.json", {"latents": digits_study.digest("encode")})
    assert projection in maps.list_projections(digits_study)
    with pytest.raises(CaeError, match=r"npy is damaged: it holds \(3, 2\) .*; draw this map anew"):
        maps.positions(digits_study, projection)
