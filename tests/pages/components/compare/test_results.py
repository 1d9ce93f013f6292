"""What is worked out of groups once is worked out anew when it would say something else."""

from cae.cohorts.groups import groups_of
from cae.cohorts.material import material_of
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
