import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pages.components.kit.cache import array_digest, cache_data, cache_resource

PAGES = Path(__file__).parents[4] / "pages"
MANY = 600_000


def nearly_alike() -> list[np.ndarray]:
    """Selections of many images that differ in one place, at the beginning, middle or end."""
    rows = np.arange(0, 2 * MANY, 2)
    others = []
    for place in (0, 1, MANY // 3, MANY // 2, MANY - 1):
        other = rows.copy()
        other[place] += 1
        others.append(other)
    return [rows, *others]


def test_large_selections_that_differ_in_one_place_have_keys_of_their_own():
    assert len({array_digest(rows) for rows in nearly_alike()}) == 6


@pytest.mark.parametrize("cache", [cache_data(8), cache_resource(8)])
def test_a_cache_never_gives_one_group_what_is_of_another(cache):
    asked = []

    @cache
    def total(key: str, rows: np.ndarray) -> int:
        asked.append(len(rows))
        return int(rows.sum())

    for rows in nearly_alike():
        assert total("study", rows) == rows.sum()
    assert total("study", nearly_alike()[0].copy()) == nearly_alike()[0].sum()
    assert len(asked) == 6


def test_type_and_shape_belong_to_the_key():
    zeros = np.zeros(4, np.int64)
    digests = {array_digest(one) for one in (zeros, zeros.reshape(2, 2), zeros.astype(np.int32))}
    assert len(digests | {array_digest(zeros.view(np.float64)), array_digest(zeros[:3])}) == 5
    strided = np.arange(10)[::2]
    assert array_digest(strided) == array_digest(strided.copy())


@pytest.mark.parametrize(
    "argument", [np.array(["a", None], object), pd.DataFrame({"a": [1]}), pd.Series([1])]
)
def test_what_cannot_be_a_key_is_refused(argument):
    @cache_data(max_entries=1)
    def length(some: object) -> int:
        return len(some)

    with pytest.raises(Exception, match="key"):
        length(argument)


def test_every_cache_of_the_pages_has_such_keys():
    direct = re.compile(r"st\.cache_(data|resource)|\bhash\(|\.tobytes\(\)\)")
    found = {
        str(file.relative_to(PAGES))
        for file in PAGES.rglob("*.py")
        if direct.search(file.read_text("utf-8"))
    }
    assert found <= {
        "components/kit/cache.py",
        # Hashes of their own, of all bytes.
        "components/map/map_header.py",
        "components/map/map_points.py",
    }
