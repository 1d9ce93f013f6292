import subprocess
import sys

import pytest

from cae.errors import CaeError
from cae.sources import SOURCES, parse


@pytest.mark.parametrize(
    "spec",
    [
        "brain",
        "medmnist:pathmnist:64",
        "npz:/some/file.npz",
        "folder:/some/folder",
        "folder:/a,/b.csv",
        "dicom:/scans",
        "nifti:/scans",
        "nifti:/scans,all,2mm,patch64",
    ],
)
def test_a_source_names_itself_as_it_was_named(spec):
    assert parse(spec).spec == spec
    assert parse(parse(spec).spec) == parse(spec)


@pytest.mark.parametrize(
    ("spec", "absolute"),
    [
        ("npz:a.npz", "npz:{0}/a.npz"),
        ("folder:.", "folder:{0}"),
        ("folder:scans", "folder:{0}/scans"),
        ("folder:scans,t.csv", "folder:{0}/scans,{0}/t.csv"),
        ("folder:scans,inside.csv", "folder:{0}/scans,{0}/scans/inside.csv"),
        ("dicom:scans", "dicom:{0}/scans"),
        ("nifti:scans,all", "nifti:{0}/scans,all"),
        ("npz:~/a.npz", "npz:{0}/home/a.npz"),
    ],
)
def test_paths_mean_the_same_from_everywhere(tmp_path, monkeypatch, spec, absolute):
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "inside.csv").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert parse(spec).spec == absolute.format(tmp_path)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("brian", "did you mean brain?"),
        ("npzz:a.npz", "did you mean npz?"),
        ("scans.npz", "npz:FILE"),
        ("", "Unknown source ''"),
        (":", "Unknown source ':'"),
    ],
)
def test_unknown_sources_get_a_sentence(spec, sentence):
    with pytest.raises(CaeError, match=sentence) as caught:
        parse(spec)
    assert str(caught.value).endswith(".")
    assert all(usage in str(caught.value) for _, usage in SOURCES.values())


def test_the_kind_may_be_in_capitals():
    assert parse(" NPZ:/a.npz ").spec == "npz:/a.npz"


def test_importing_the_sources_loads_nothing_heavy():
    code = (
        "import sys, cae.sources;"
        "heavy = 'torch nilearn nibabel pooch umap pydicom tifffile imagecodecs pi_heif'.split();"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
