"""How stable a cohort is that what images show had a part in forming."""

import streamlit as st

from cae.cohorts.cohort import Cohort
from cae.cohorts.remark import Remark
from cae.cohorts.stability import Stability
from cae.study.stability import is_of_images, kept_stability, measured_stability
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.kit.remarks import remarks_html
from pages.components.state.computed import computed
from pages.components.state.study_material import study_material
from pages.components.state.study_view import Added, added, study_key


def stability_line(study: Study, cohort: Cohort) -> None:
    """Say how stable a cohort is, or offer to measure it; nothing of one that images did not make.

    What is measured are clusterings of draws of the study, by which all of its cohorts are told.
    """
    if not _is_of_images(study_key(study), added(study), cohort.id, study, cohort):
        return
    found = kept_stability(study, cohort.rows)
    if found is not None:
        st.html(stability_html(found))
        return
    is_pressed = st.button(
        "Measure its stability",
        key=f"stability {cohort.id}",
        icon=":material/grain:",
        help="How often its images come together when draws of the images are clustered anew. "
        "It takes seconds, once for all cohorts of the study.",
    )
    if is_pressed:
        found = computed(
            study,
            f"stability {cohort.id} {cohort.version}",
            "Clustering draws of the images…",
            lambda progress: measured_stability(study, cohort.rows, progress),
        )
        # A study that cannot be written to keeps nothing, so that other cards stay as they are.
        if kept_stability(study, cohort.rows) is not None:
            st.rerun()
        st.html(stability_html(found))


def stability_html(found: Stability) -> str:
    """Return HTML of the verdict, as a warning where the cohort is not found again."""
    return remarks_html([Remark(f"Stability: {found.sentence}", found.is_doubtful)])


@cache_resource(max_entries=128)
def _is_of_images(
    key: tuple[str, ...], present: Added, cohort_id: int, _study: Study, _cohort: Cohort
) -> bool:
    return is_of_images(study_material(_study), _cohort)
