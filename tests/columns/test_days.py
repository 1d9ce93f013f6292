from datetime import date

import pandas as pd

from cae.columns.days import NO_DAY, days


def test_dates_with_a_time_zone_are_the_days_of_their_place():
    values = pd.Series(pd.to_datetime(["2020-01-02T23:30:00+02:00", None]))
    assert days(values).tolist() == [(date(2020, 1, 2) - date(1970, 1, 1)).days, NO_DAY]
