"""A trial that textbooks on survival go by: weeks in remission of 42 children with leukaemia.

Freireich et al. 1963, Blood 21; as printed in Kalbfleisch & Prentice 2002 and Collett 2015.
"""

import numpy as np
import pandas as pd

DRUG, PLACEBO = "6-MP", "placebo"
WEEKS = np.array(
    [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    + [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23],
    dtype=np.float64,
)
RELAPSED = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0] + [1] * 21) == 1
ARM = np.repeat([0, 1], 21)


def trial() -> pd.DataFrame:
    """One row per child."""
    return pd.DataFrame(
        {
            "label": np.array([DRUG, PLACEBO])[ARM],
            "weeks": WEEKS,
            "relapse": np.where(RELAPSED, "yes", "no"),
        }
    )
