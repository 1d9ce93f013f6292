import subprocess
import sys

import pytest

from cae.sources.known import known_set, medmnist_info


@pytest.mark.parametrize(
    ("stem", "kind"),
    [
        ("pneumoniamnist_64", "chest"),
        ("chestmnist", "chest"),
        ("pathmnist_224", "histology"),
        ("dermamnist", "skin"),
        ("bloodmnist", "cells"),
        ("tissuemnist", "cells"),
        ("organamnist", "organs"),
        ("retinamnist", ""),
        ("mednist_64", "mixed"),
        ("mnist10k_28", "digits"),
        ("My_Brain_MRIs", "brain"),
        ("unheard-of", ""),
        ("", ""),
    ],
)
def test_the_kind_follows_from_the_name(stem, kind):
    assert known_set(stem).kind == kind


def test_every_flag_has_as_many_names_as_labels():
    for flag, entry in medmnist_info().items():
        assert known_set(f"{flag}_64").class_names == tuple(entry["label"].values())


def test_mednist_names_its_six_classes():
    assert known_set("mednist_64").class_names[2] == "CXR"


def test_looking_up_names_runs_neither_medmnist_nor_torch():
    code = (
        "import sys; from cae.sources.known import known_set; known_set('x');"
        "sys.exit('medmnist' in sys.modules or 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
