"""What is known about public image sets from their names."""

import runpy
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from cae.sources.packages import package_folder

_KINDS = (
    ("pneumonia", "chest"),
    ("chest", "chest"),
    ("cxr", "chest"),
    ("xray", "chest"),
    ("brain", "brain"),
    ("path", "histology"),
    ("histo", "histology"),
    ("derma", "skin"),
    ("skin", "skin"),
    ("blood", "cells"),
    ("tissue", "cells"),
    ("cell", "cells"),
    ("organ", "organs"),
    ("mnist", "digits"),
    ("digit", "digits"),
)
_MEDNIST = ("AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT")
_MEDNIST_CREDIT = "MedNIST, B. J. Erickson, Mayo Clinic, CC BY-SA 4.0"
_MNIST_CREDIT = "MNIST, Y. LeCun, C. Cortes and C. Burges"


@dataclass(frozen=True)
class KnownSet:
    """What a set's name tells about it.

    Attributes:
        kind: kind of image, see `cae.imageset.ImageSet`; empty if unknown.
        class_names: name of every class or label in the order of their numbers, empty if unknown.
        credit: where the set comes from and under which licence, empty if unknown.
    """

    kind: str
    class_names: tuple[str, ...] = ()
    credit: str = ""


@cache
def medmnist_info() -> MappingProxyType[str, dict[str, Any]]:
    """Return ``medmnist.INFO``: flag → description, URLs, MD5 sums and labels of the set.

    The file is run by itself because the package around it needs torchvision and prints
    a complaint where that is missing.
    """
    file = package_folder("medmnist") / "info.py"
    return MappingProxyType(runpy.run_path(str(file))["INFO"])


def known_set(stem: str) -> KnownSet:
    """Return what is known of a file or folder with this name (without its ending).

    A MedMNIST flag may be followed by its size, as in ``pathmnist_64``.
    """
    name = stem.casefold()
    flag = name.split("_")[0]
    if flag in medmnist_info():
        entry = medmnist_info()[flag]
        names = tuple(str(entry["label"][str(number)]) for number in range(len(entry["label"])))
        return KnownSet(_kind(flag), names, f"{entry['python_class']}, {entry['license']}")
    if flag == "mednist":
        return KnownSet("mixed", _MEDNIST, _MEDNIST_CREDIT)
    if name.startswith("mnist"):
        return KnownSet("digits", credit=_MNIST_CREDIT)
    return KnownSet(_kind(name))


def _kind(name: str) -> str:
    """Return the kind whose word occurs in `name`, if any; MedMNIST's own ending tells nothing."""
    telling = name.removesuffix("3d").removesuffix("mnist") or name
    return next((kind for word, kind in _KINDS if word in telling), "")
