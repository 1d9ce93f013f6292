import os

import pytest

from cae.sources.problems import none_usable, summed_up


@pytest.mark.parametrize(("count", "told"), [(5, 5), (6, 1)])
def test_many_problems_are_said_once(count, told):
    problems = [(f"{number}.png", "it is cut off") for number in range(count)]
    found = summed_up(problems, "masks", lambda count, first: f"{count} such as {first[0]}")
    assert len(found) == told
    assert told > 1 or found == [("masks", "6 such as 0.png")]


def test_where_nothing_can_be_used_one_of_all_is_told():
    error = none_usable(1200, "images", "/scans", (os.fsdecode(b"\xe9.png"), "it is cut off"))
    assert str(error) == (
        "None of the 1,200 images in /scans can be used; of \ufffd.png: it is cut off."
    )
