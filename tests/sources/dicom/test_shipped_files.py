"""Every file that pydicom ships is read as ITK reads it, or reported with a true reason."""

import json
import warnings
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
import SimpleITK

from cae.errors import UnusableError
from cae.sources.dicom.rendering import read_frames
from cae.sources.dicom.worker import open_images

DATA = Path(pydicom.data.__file__).parent
SHIPPED = sorted(
    file
    for folder in ("test_files", "charset_files", "palettes")
    for file in (DATA / folder).rglob("*")
    if file.is_file()
)
NOT_SHIPPED = sorted(json.loads((DATA / "urls.json").read_text()))
# ITK mixes up the bytes of deep colours in RLE and of numbers with their highest byte first;
# each of these files holds the same image as another one, which it reads right.
SAME_AS = {
    "SC_rgb_rle_16bit.dcm": "SC_rgb_rle.dcm",
    "SC_rgb_rle_16bit_2frame.dcm": "SC_rgb_rle_2frame.dcm",
    "SC_rgb_rle_32bit.dcm": "SC_rgb_rle.dcm",
    "SC_rgb_rle_32bit_2frame.dcm": "SC_rgb_rle_2frame.dcm",
    "rtdose_expb.dcm": "rtdose.dcm",
}
# Doses of a single frame lack what ITK asks for: they are the first frame of the others.
FIRST_OF = {
    "rtdose_1frame.dcm": "rtdose.dcm",
    "rtdose_expb_1frame.dcm": "rtdose.dcm",
    "rtdose_rle_1frame.dcm": "rtdose.dcm",
}
NO_IMAGE = ("it holds no image", "it holds a segmentation", "it is no DICOM", "it is a table of")
DAMAGED = {
    "JPEG2000-embedded-sequence-delimiter.dcm",
    "MR_truncated.dcm",
    "badVR.dcm",
    "meta_missing_tsyntax.dcm",
    "nested_priv_SQ.dcm",
}


def frames_of(file):
    """The frames, and the reason why there are no more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames = []
        try:
            dataset = open_images(file)
            for frame in read_frames(dataset):
                frames.append(frame)
        except UnusableError as error:
            return frames, str(error)
        except Exception as error:
            return frames, f"damaged: {error}"
        return frames, ""


def itk_values(file):
    """The modality's values (F, H, W, C) as ITK reads them, None where it cannot."""
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(file))
    reader.SetImageIO("GDCMImageIO")
    try:
        image = reader.Execute()
    except RuntimeError:
        return None
    values = SimpleITK.GetArrayFromImage(image).astype(float)
    if image.GetNumberOfComponentsPerPixel() == 1:
        values = values[..., None]
    return values.reshape(-1, *values.shape[-3:])


def expected_pixels(frame, values):
    """The values of ITK, brought onto 0–255 by the window that we recorded."""
    facts = frame.facts
    if facts.PhotometricInterpretation == "MONOCHROME1":
        # ITK turns these values round within what their bits can hold.
        ends = 2 * facts.RescaleIntercept + facts.RescaleSlope * (2**facts.BitsStored - 1)
        values = float(ends) - values
    if facts.PhotometricInterpretation == "PALETTE COLOR":
        return values
    if frame.window is None:
        return values
    black, white = frame.window
    return np.clip((values - black) / (white - black), 0, 1) * 255


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.relative_to(DATA)))
def test_a_shipped_file_is_read_right_or_has_a_reason(file):
    frames, reason = frames_of(file)
    if reason:
        assert not frames
        assert reason.startswith(NO_IMAGE) or file.name in DAMAGED, reason
        # Of the file with 15 frames that says it has "1A", ITK takes the first.
        assert file.name not in {*DAMAGED} - {"badVR.dcm"} or itk_values(file) is None
        return
    assert file.name not in DAMAGED
    sibling = SAME_AS.get(file.name) or FIRST_OF.get(file.name)
    if sibling:
        expected, sibling_reason = frames_of(file.with_name(sibling))
        assert not sibling_reason
        expected = expected[:1] if file.name in FIRST_OF else expected
        # A frame's own range depends on that frame alone.
        for frame, other in zip(frames, expected, strict=True):
            assert np.array_equal(frame.pixels, other.pixels)
        return
    values = itk_values(file)
    assert len(values) == len(frames)
    for frame, value in zip(frames, values, strict=True):
        pixels = frame.pixels if frame.pixels.ndim == 3 else frame.pixels[..., None]
        difference = np.abs(expected_pixels(frame, value) - pixels)
        assert difference.mean() < 0.6
        assert difference.max() <= 2.6


@pytest.mark.parametrize("name", NOT_SHIPPED)
def test_a_file_to_be_downloaded_is_read_right_or_has_a_reason(name):
    file = Path.home() / ".pydicom" / "data" / name
    if not file.is_file():
        pytest.skip("pydicom does not ship it; it would have to be downloaded")
    test_a_shipped_file_is_read_right_or_has_a_reason(file)


def test_what_became_of_every_file(capsys):
    lines = []
    for file in SHIPPED:
        frames, reason = frames_of(file)
        shape = "×".join(map(str, frames[0].pixels.shape)) if frames else ""
        result = f"{len(frames)} frames {shape} read as ITK reads it" if frames else reason
        lines.append(f"{file.relative_to(DATA)!s:<70} {' '.join(result.split())[:110]}")
    with capsys.disabled():
        print("", *lines, sep="\n")  # noqa: T201
    assert len(lines) == len(SHIPPED)
    assert sum("read as ITK" in line for line in lines) >= 80
