import pandas as pd
import pytest

from cae.sources.dates import looks_like_date, read_dates


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2020-01-10 10:15:00.000"], "2020-01-10 10:15:00"),
        (["2020-01-10T10:15:00Z"], "2020-01-10 10:15:00"),
        (["2020-01-10T23:15:00+02:00"], "2020-01-10 23:15:00"),
        (["10-Jan-2020"], "2020-01-10"),
        (["10 January 2020"], "2020-01-10"),
        (["Jan 10, 2020"], "2020-01-10"),
        (["20200110"], "2020-01-10"),
        (["20200110101500.25"], "2020-01-10 10:15:00.25"),
        (["10.01.2020 10:15"], "2020-01-10 10:15:00"),
        (["01/13/2020 3:05 PM", "01/02/2020 3:05 AM"], "2020-01-13 15:05:00"),
        (["13/01/2020"], "2020-01-13"),
    ],
)
def test_forms(texts, expected):
    assert read_dates(pd.Series(texts))[0] == pd.Timestamp(expected)
    assert all(map(looks_like_date, texts))


@pytest.mark.parametrize("text", ["03/04/2020", "3.4.20", "1-2-99", "10. März 2020", "3 août 1999"])
def test_what_leaves_something_open_looks_like_a_date(text):
    assert looks_like_date(text)
    dates = read_dates(pd.Series([text]))
    assert dates is None or dates.isna().all()


@pytest.mark.parametrize("text", ["1.5", "20201310", "12345678", "2020", "1.2.3.4", "a-b-2020", ""])
def test_other_texts(text):
    assert not looks_like_date(text)
    assert read_dates(pd.Series([text])) is None


def test_a_date_that_is_none_is_missing():
    dates = read_dates(pd.Series(["2020-01-10", "2020-02-30"]))
    assert dates.isna().tolist() == [False, True]
