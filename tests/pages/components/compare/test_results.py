"""What is worked out of groups once is worked out anew when it would say something else."""

import numpy as np

from cae.cohorts.attrition import Attrition
from cae.cohorts.groups import groups_of
from cae.cohorts.material import material_of
from cae.cohorts.selection import Selection
from cae.storage import write_table
from cae.study.cluster_names import name_cluster
from cae.study.study import Study
from pages.components.compare.results import table_one_of


def test_table_one_calls_clusters_as_they_are_named_now(digits_study: Study):
    without_patients = digits_study.samples.assign(patient=None)
    write_table(digits_study.file("samples.parquet"), without_patients)
    digits_study = Study.open(digits_study.path)
    groups = groups_of(material_of(digits_study), ("label:1", "rest"))
    first = table_one_of(digits_study, groups, 0)
    assert table_one_of(digits_study, groups, 0) is first
    for name in ("Round ones", "Slim ones"):
        name_cluster(digits_study, 1, name)
        assert name in table_one_of(digits_study, groups, 0).table["value"].tolist()


def test_how_groups_came_about_is_told_anew_once_a_cohort_that_had_a_part_is_another(
    digits_study: Study,
):
    def some(count: int) -> Selection:
        return Selection.empty().combine(np.arange(count), "replace", {"kind": "ids"})

    def flow() -> Attrition:
        groups = groups_of(material_of(digits_study), ("cohort:those", "rest"))
        return table_one_of(digits_study, groups, 0).flows[0][1]

    cohorts = digits_study.cohorts
    named = cohorts.save("all", some(9))
    # As versions wrote it that did not note which cohort it was.
    within = {"kind": "filter", "filters": ['cohort("all")'], "cohorts": {"all": None}}
    cohorts.save("those", Selection.empty().combine(named.rows, "replace", within))
    assert [change.left for change in flow().changes] == [len(digits_study), 9]
    assert not flow().remark
    cohorts.delete(named)
    cohorts.save("all", some(5))
    assert flow().remark
