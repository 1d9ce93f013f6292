import json

import numpy as np

from pages.components.map.map_points import HoverField, MapPoints


def points(shift=0.0, ids=("a", "b", "c", "d"), name="x", pixels=""):
    xy = np.array([[0, 0], [1, 0], [0, 1], [2, 2]], dtype=np.float32) + np.float32(shift)
    return MapPoints(xy, ids, (HoverField("Label", [name], np.zeros(4, np.uint16)),), pixels)


def unpacked(message):
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length])
    arrays = {}
    for entry in header["arrays"]:
        start = 4 + length + entry["offset"]
        arrays[entry["name"]] = np.frombuffer(message, entry["dtype"], entry["length"], start)
    return header, arrays


def test_the_message_holds_places_ids_and_fields():
    header, arrays = unpacked(points().message)
    assert (header["count"], header["dimensions"]) == (4, 2)
    assert header["fields"] == [{"title": "Label", "names": ["x"]}]
    assert arrays["positions"].tolist() == points().positions.ravel().tolist()
    assert arrays["ids"].tobytes() == b"a\nb\nc\nd"
    assert arrays["contours"].size == 2 * arrays["contourLengths"].sum() > 0


def test_what_changed_shows_in_the_digests():
    first = points()
    assert points().digest == first.digest
    moved, named, other = points(shift=1), points(name="y"), points(ids="abce")
    drawn = points(pixels="of others")
    assert len({p.digest for p in (first, moved, named, other, drawn)}) == 5
    assert moved.images == first.images
    assert named.places == first.places
    assert moved.places != first.places
    assert len({p.images for p in (first, other, drawn)}) == 3


def test_points_in_space_have_no_lines_of_density():
    header, arrays = unpacked(MapPoints(np.ones((3, 3), np.float32), "abc").message)
    assert header["dimensions"] == 3
    assert arrays["contours"].size == 0


def test_an_id_of_two_lines_stays_one_id():
    _, arrays = unpacked(points(ids=("a\nb", "c", "d", "e")).message)
    assert arrays["ids"].tobytes().split(b"\n") == [b"a b", b"c", b"d", b"e"]
