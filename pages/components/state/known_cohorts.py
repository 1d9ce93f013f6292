"""The saved cohorts that are of the images which the study holds now."""

from cae.cohorts.cohort import Cohort
from cae.study.study import Study


def known_cohorts(study: Study) -> list[Cohort]:
    """Return the saved cohorts whose images the study holds, newest first."""
    store = study.cohorts
    return [cohort for cohort in store.list() if store.is_of_these_images(cohort)]


def filled_cohorts(study: Study) -> list[Cohort]:
    """Return those of `known_cohorts` that hold an image; a live cohort may hold none."""
    return [cohort for cohort in known_cohorts(study) if cohort.count]
