import random
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest

from pages.components.state.view import (
    ANCHORS,
    LARGEST_NOISE,
    LARGEST_SUPPRESSED,
    LARGEST_TILE,
    SMALLEST_TILE,
    USUAL_TILE,
    Order,
    Point,
    View,
    decode,
    encode,
)

TEXTS = (
    "map",
    "0",
    "-1",
    "umap-15-0.5-3d",
    "x&y=z%#+ ",
    "Größe",
    "日本 🧠",
    "\n\t",
    '"',
    "{",
    "[]",
)
EVERY_FIELD = View(
    study="brain",
    images="1a2b3c4d",
    selection="0123456789abcdef",
    colour="age",
    filters=('label in (1, "left") or label is missing', "age between 20 and 40.5"),
    query='ink > 3 and site == "Größe"',
    map="pca-3d",
    beside="map-of-other",
    card=("age", "x, y", "Größe"),
    find="outliers",
    sort=Order("column:ink", True),
    like=0,
    page=3,
    found=2,
    tile=160,
    image=7,
    anchors=(4, None, 11),
    decode="grid",
    steps=0,
    path="neighbours",
    between=("cluster:-1", "label:Größe"),
    loop=True,
    check=True,
    side=5,
    corners=(1, 2, 3, 0),
    direction="saved: older",
    upwards="Component 2",
    morph=True,
    drawn="spread",
    noise=3,
    pixels="Find a point",
    point=Point(3, 0, 9),
    of="cohort 3",
    group="cohort:3",
    against="label:a:b",
    also=("cluster:-1", 'query:site == "Größe"'),
    suppress=5,
    time="months",
    event="dead or not",
    occurred=("1", "yes, ill"),
    adjust=("age", "Größe"),
    other="brain 2",
    training="lungs 2",
)


def through_an_address(view: View) -> View:
    return decode(dict(parse_qsl(urlencode(encode(view)), keep_blank_values=True)))


def some_view(source: random.Random) -> View:
    def row() -> int:
        return source.choice([0, 1, 999_999, 2**40])

    choices = {
        "filters": lambda: tuple(
            source.sample(EVERY_FIELD.filters + ('a contains "é"', "not (b < 2 or b == 3)"), 2)
        ),
        "card": lambda: tuple(source.sample(TEXTS, 3)),
        "sort": lambda: Order(source.choice(["", "image", "column:-ü"]), source.random() < 0.5),
        "page": lambda: source.randint(1, 10**6),
        "found": lambda: source.randint(1, 10**6),
        "tile": lambda: source.randint(SMALLEST_TILE, LARGEST_TILE),
        "anchors": lambda: (*(source.choice([None, row()]) for _ in range(5)), row()),
        "loop": lambda: True,
        "check": lambda: True,
        "morph": lambda: True,
        "corners": lambda: (row(), row(), row(), row()),
        "point": lambda: Point(row(), row(), row()),
        "noise": lambda: source.randint(0, LARGEST_NOISE),
        "between": lambda: tuple(source.sample(TEXTS, 3)),
        "also": lambda: tuple(source.sample(TEXTS, 3)),
        "occurred": lambda: tuple(source.sample(TEXTS, 2)),
        "adjust": lambda: tuple(source.sample(TEXTS, 2)),
        "suppress": lambda: source.randint(0, LARGEST_SUPPRESSED),
    }
    choices |= dict.fromkeys(("like", "image", "steps", "side"), row)
    changes = {}
    for field in fields(View):
        if source.random() < 0.5:
            changes[field.name] = choices.get(field.name, lambda: source.choice(TEXTS))()
    return replace(View(), **changes)


def test_every_field_is_in_the_address():
    for field in fields(View):
        assert getattr(EVERY_FIELD, field.name) != field.default, field.name
        alone = replace(View(), **{field.name: getattr(EVERY_FIELD, field.name)})
        assert len(encode(alone)) == (2 if field.name == "anchors" else 1)
        assert through_an_address(alone) == alone
    assert through_an_address(EVERY_FIELD) == EVERY_FIELD
    assert encode(View()) == {}
    assert decode({}) == View()


def test_whatever_is_looked_at_comes_back_from_its_address():
    source = random.Random(0)
    for _ in range(500):
        view = some_view(source)
        assert through_an_address(view) == view


def test_links_made_before_still_open():
    former = {
        "study": "digits",
        "selection": "abc",
        "colour": "ink",
        "filters": '{"label":{"values":["1","3"],"missing":true},"ink":{"low":0,"high":30.5},'
        '"id":{"contains":"01"},"(query)":{"expression":"ink > 3"}}',
        "map": "pca",
        "beside": "umap-5-0.1",
        "card": '["site"]',
        "find": "labels",
        "sort": "-column:ink",
        "like": "17",
        "tile": "160",
        "image": "3",
        "a": "4",
        "b": "11",
        "decode": "path",
        "steps": "15",
        "path": "geodesic",
        "loop": "1",
        "side": "7",
        "corners": "1,2,3,4",
        "direction": "PC 1",
        "pixels": "Regions",
        "point": "5,6,7",
        "of": "all",
    }
    view = decode(former)
    assert view.filters == (
        "label in (1, 3) or label is missing",
        "ink between 0 and 30.5",
        'id contains "01"',
    )
    assert view.query == "ink > 3"
    assert view.anchors == (4, 11)
    assert view.loop
    told = encode(view)
    assert {name: told[name] for name in former if name != "filters"} == {
        name: text for name, text in former.items() if name != "filters"
    }
    assert through_an_address(view) == view


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("like", ["-1", "x", "1.5", "", "١٢", "1_0", " 1", "9" * 5000, "0x1"]),
        ("image", ["-1", "null", "1e3", "²"]),
        ("a", ["-1", "x", ""]),
        ("steps", ["-3", "many"]),
        ("side", ["", "3.0"]),
        ("loop", ["yes", "0", ""]),
        ("corners", ["1,2,3", "1,2,3,4,5", "1,2,,4", "a,b,c,d", "1,2,3,-4"]),
        ("point", ["1,2", "1,2,3,4", "x,y,z", "1,-2,3", ","]),
        ("tile", ["x", ""]),
        ("card", ["{", "3", '{"a": 1}', "[" * 100_000, '"age"']),
        ("between", ["{", "3", '{"a": 1}', "[" * 100_000, '"rest"']),
        ("also", ["{", "3", '{"a": 1}', "[" * 100_000, '"rest"']),
        ("suppress", ["-1", "x", "", "1.5"]),
        ("filters", ["{", "3", "", "age >", "[]", "{}", '{"a": 3}', "(" * 5000, '{"(query)": 3}']),
        ("filters", ['{"a":' * 100_000, '{"a": {"low": NaN, "high": 1}}', '{"(query)": {}}']),
    ],
)
def test_what_cannot_be_read_is_the_default_and_spoils_nothing_else(name, texts):
    for text in texts:
        assert decode(
            {name: text, "colour": "age", "image" if name != "image" else "like": "3"}
        ) == (View(colour="age", **({"image": 3} if name != "image" else {"like": 3}))), text


@pytest.mark.parametrize(
    ("text", "tile"), [("160", 160), ("9", 56), ("9999", 240), ("x", USUAL_TILE)]
)
def test_the_size_of_images_stays_in_bounds(text, tile):
    assert decode({"tile": text}).tile == tile


def test_counts_that_are_hidden_stay_in_bounds():
    assert decode({"suppress": "9" * 18}).suppress == LARGEST_SUPPRESSED


def test_rows_that_a_study_lacks_are_left_out():
    view = EVERY_FIELD.within(4)
    assert (view.like, view.image, view.anchors) == (0, None, ())
    assert (view.corners, view.point) == ((1, 2, 3, 0), Point(3, 0, 9))
    assert EVERY_FIELD.within(3).corners is EVERY_FIELD.within(3).point is None
    assert EVERY_FIELD.within(5).anchors == (4,)
    assert EVERY_FIELD.within(12) == EVERY_FIELD


def test_anchors_are_set_and_taken_away():
    view = View().with_anchor("c", 9).with_anchor("a", 0)
    assert view.anchors == (0, None, 9)
    assert [view.anchor(which) for which in ANCHORS[:4]] == [0, None, 9, None]
    assert view.with_anchor("c", None).anchors == (0,)
    with pytest.raises(ValueError, match="not in"):
        view.with_anchor("z", 1)


def test_filters_and_the_query_are_taken_away_alike():
    assert EVERY_FIELD.queries == (*EVERY_FIELD.filters, EVERY_FIELD.query)
    rest = EVERY_FIELD.without(EVERY_FIELD.filters[0]).without(EVERY_FIELD.query)
    assert rest.queries == EVERY_FIELD.filters[1:]
    assert rest.without("age > 3") == rest
    twice = View(filters=("age > 3", "age > 3"), query="age > 3")
    assert twice.queries == ("age > 3",)
    assert twice.without("age > 3") == View()


def test_a_view_cannot_be_changed_and_needs_no_screen():
    with pytest.raises(FrozenInstanceError):
        EVERY_FIELD.image = 3
    code = "import sys, pages.components.state.view; sys.exit('streamlit' in sys.modules)"
    root = Path(__file__).parents[4]
    assert subprocess.run([sys.executable, "-c", code], cwd=root).returncode == 0
