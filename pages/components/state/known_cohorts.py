"""The saved cohorts that are of the images which the study holds now."""

from cae.cohorts.cohort import Cohort
from cae.study.study import Study


def known_cohorts(study: Study) -> list[Cohort]:
    """Return the saved cohorts whose images the study holds, newest first."""
    return [cohort for cohort in study.cohorts.list() if is_known(study, cohort)]


def filled_cohorts(study: Study) -> list[Cohort]:
    """Return those of `known_cohorts` that hold an image; a live cohort may hold none."""
    return [cohort for cohort in known_cohorts(study) if cohort.count]


def is_known(study: Study, cohort: Cohort) -> bool:
    """Whether a cohort was saved on the images that the study holds, or on the first of them."""
    digest = cohort.images_digest
    is_within = len(cohort.rows) == 0 or cohort.rows[-1] < len(study)
    return is_within and (not digest or study.is_continued("import", digest))
