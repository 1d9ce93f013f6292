"""Downloads of the page Local are made anew once the study holds other images."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from cae.imageset import ImageSet
from cae.study.study import Study
from pages.components.local import mask_export, outline_panel
from tests.conftest import digits_imageset

ROWS = np.arange(3)


@pytest.mark.parametrize(
    ("module", "offer"),
    [
        (mask_export, lambda study: mask_export.mask_export(study, ROWS, "all")),
        (
            outline_panel,
            lambda study: outline_panel._download(study, SimpleNamespace(labelled=ROWS)),
        ),
    ],
)
def test_what_was_prepared_of_former_images_is_not_offered(
    module, offer, digits_study: Study, monkeypatch: pytest.MonkeyPatch
):
    keys: list[tuple[object, ...]] = []
    monkeypatch.setattr(module, "prepared_file", lambda key, *_, **__: keys.append(key))
    offer(digits_study)
    offer(digits_study)
    assert keys[0] == keys[1]
    digits = digits_imageset()
    shutil.rmtree(digits_study.path)
    others = ImageSet(255 - digits.images, digits.table, name="digits", kind="digits")
    offer(Study.create(digits_study.path, others, "digits", 0))
    assert keys[2] != keys[0]
