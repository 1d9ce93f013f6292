"""Two studies of the same images: where they agree, and which columns each knows."""

from cae.evaluation.two_studies.both import FEWEST_SHARED, shared_by
from cae.evaluation.two_studies.comparison import Agreement, agreement_of
from cae.evaluation.two_studies.saved import measure_agreement, measured_agreement

__all__ = [
    "FEWEST_SHARED",
    "Agreement",
    "agreement_of",
    "measure_agreement",
    "measured_agreement",
    "shared_by",
]
