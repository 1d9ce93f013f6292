import io
import json

import av
import numpy as np
import pytest

from cae.errors import CaeError
from cae.export import film
from cae.export.film import marked_mp4
from cae.export.synthetic import mark


@pytest.fixture
def images():
    ramp = np.linspace(0, 255, 28, dtype=np.uint8)
    return np.stack([np.tile(np.roll(ramp, 3 * step), (28, 1))[..., None] for step in range(4)])


def test_every_frame_is_there_for_its_time_marked_and_nearly_as_it_was(images):
    content = marked_mp4(images, 0.3, {"seed": 3})
    with av.open(io.BytesIO(content)) as opened:
        told = json.loads(opened.metadata["comment"])
        stream = opened.streams.video[0]
        codec, pixels = stream.codec_context.name, stream.codec_context.pix_fmt
        frames = [frame for packet in opened.demux(stream) for frame in packet.decode()]
        seconds = [round(frame.time, 3) for frame in frames]
        shown = [frame.to_ndarray(format="rgb24") for frame in frames]
    assert told["Synthetic"].startswith("decoded by")
    assert told["seed"] == "3"
    assert (codec, pixels) == ("h264", "yuv420p")
    assert seconds == [0, 0.3, 0.6, 0.9]
    for number, frame in enumerate(shown):
        expected = mark(images[number], f"SYNTHETIC {number + 1}/4").astype(int)
        assert np.abs(frame[: len(expected)] - expected).mean() < 4


def test_odd_sizes_are_filled_up(images):
    with av.open(io.BytesIO(marked_mp4(np.repeat(images, 6, axis=1)[:, :165, :27]))) as opened:
        context = opened.streams.video[0].codec_context
        assert (context.width % 2, context.height % 2) == (0, 0)


def test_without_the_package_it_is_said_how_to_get_it(images, monkeypatch):
    monkeypatch.setattr(film, "find_spec", lambda name: None)
    with pytest.raises(CaeError, match=r"pip install 'cae-explorer\[film\]'"):
        marked_mp4(images)


def test_bad_films_are_sentences(images):
    with pytest.raises(CaeError, match="no frame"):
        marked_mp4([])
    with pytest.raises(CaeError, match="0.02 to 60"):
        marked_mp4(images, seconds_per_frame=0)
