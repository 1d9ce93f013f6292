"""The examples in docstrings print what they say, and where one would look there is one."""

import doctest
import importlib
from pathlib import Path

import pytest

import cae
from cae.cohorts import compare, table_one
from cae.cohorts.selection import Selection
from cae.columns.query import query_rows
from cae.imageset import ImageSet
from cae.latent.cluster import hdbscan_clusters
from cae.latent.path import geodesic_path
from cae.losses.ntxent import ntxent
from cae.study.study import Study

ROOT = Path(__file__).parents[1]
EXAMPLE = ">>> "
ENTRY_POINTS = [
    cae.decode,
    cae.encode,
    cae.open_study,
    compare,
    hdbscan_clusters,
    ImageSet,
    ntxent,
    query_rows,
    Selection.combine,
    geodesic_path,
    Study.create,
    table_one,
]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "cae").rglob("*.py"))
    if EXAMPLE in path.read_text("utf-8")
]


@pytest.mark.parametrize("module", MODULES)
def test_examples_print_what_they_say(module: str) -> None:
    failed, attempted = doctest.testmod(
        importlib.import_module(module), optionflags=doctest.ELLIPSIS
    )
    assert attempted > 0
    assert failed == 0


@pytest.mark.parametrize("entry", ENTRY_POINTS, ids=lambda entry: entry.__qualname__)
def test_entry_points_have_an_example(entry: object) -> None:
    assert EXAMPLE in entry.__doc__
