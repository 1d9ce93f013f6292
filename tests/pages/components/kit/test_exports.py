import zipfile

import numpy as np
from streamlit.testing.v1 import AppTest

from cae.cohorts.selection import Selection
from cae.progress import silent
from pages.components.kit.exports import exported_bytes


def cohort_page(path: str) -> None:
    from pathlib import Path

    from cae.study.study import Study
    from pages.components.cohorts.cohort_export import cohort_export

    study = Study.open(Path(path))
    cohort_export(study, study.cohorts.list()[0])


def test_a_prepared_export_is_kept_and_its_name_tells_no_patient(digits_study):
    selection = Selection.empty().combine(np.arange(4), "replace", {"kind": "ids"})
    cohort = digits_study.cohorts.save("patient 3, left", selection)
    page = AppTest.from_function(cohort_page, args=(str(digits_study.path),)).run(timeout=120)
    page.button[0].click().run(timeout=120)
    assert not page.exception
    for running in page.session_state["running exports"].values():
        running.result()
    page.run(timeout=120)
    assert not page.exception
    (file,) = page.session_state["prepared exports"].values()
    assert file.name == f"cohort-{cohort.id}.zip"
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        unpacked = {name: archive.read(name) for name in archive.namelist()}
    assert sum(name.endswith(".png") for name in unpacked) == 4
    assert len(page.button) == 0


def test_one_press_gives_the_file_or_the_one_beside_it():
    def export(study, what, out, *, identifying=False, progress=silent):
        assert not identifying
        out.write_text(what)
        out.with_name(f"{out.name}.provenance.json").write_text("{}")
        return out

    assert exported_bytes(export, None, "x,y", "a.csv") == b"x,y"
    assert exported_bytes(export, None, "x,y", "a.csv", "a.csv.provenance.json") == b"{}"
