import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cae.errors import UnusableError
from cae.sources.dicom.rendering import check_pixels, read_frames

RAMP = np.arange(256, dtype=np.uint16).reshape(16, 16)


def item(**elements):
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def shown(dataset):
    (frame,) = read_frames(dataset)
    return frame


def test_without_a_window_the_own_range_of_the_modality_is_shown(make_dataset):
    frame = shown(make_dataset(RAMP * 4, RescaleSlope=2, RescaleIntercept=-1000))
    assert np.array_equal(frame.pixels, RAMP)
    assert frame.window == (-1000, 1040)


def test_the_modality_comes_before_the_window(make_dataset):
    window = {"WindowCenter": [-900, 5], "WindowWidth": [201, 5]}
    frame = shown(make_dataset(RAMP, RescaleSlope=1, RescaleIntercept=-1024, **window))
    expected = np.clip((RAMP.astype(float) - 1024 + 1000.5) / 200, 0, 1) * 255
    assert np.abs(frame.pixels - expected).max() <= 0.5
    assert frame.window == (-1000.5, -800.5)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("LINEAR", lambda x: np.clip((x - 99.5) / 63 + 0.5, 0, 1)),
        ("LINEAR_EXACT", lambda x: np.clip((x - 100) / 64 + 0.5, 0, 1)),
        ("SIGMOID", lambda x: 1 / (1 + np.exp(-4 * (x - 100) / 64))),
    ],
)
def test_every_function_of_the_standard(make_dataset, function, expected):
    frame = shown(make_dataset(RAMP, WindowCenter=100, WindowWidth=64, VOILUTFunction=function))
    assert np.abs(frame.pixels - expected(RAMP.astype(float)) * 255).max() <= 0.5


def test_a_window_of_width_one_is_a_threshold(make_dataset):
    frame = shown(make_dataset(RAMP, WindowCenter=100, WindowWidth=1))
    assert np.array_equal(frame.pixels, np.where(RAMP >= 100, 255, 0))


def test_monochrome1_is_inverted_after_the_window(make_dataset):
    window = {"WindowCenter": 100, "WindowWidth": 64, "VOILUTFunction": "LINEAR_EXACT"}
    frame = shown(make_dataset(RAMP, PhotometricInterpretation="MONOCHROME1", **window))
    expected = (1 - np.clip((RAMP.astype(float) - 68) / 64, 0, 1)) * 255
    assert np.abs(frame.pixels - expected).max() <= 0.5
    assert frame.window == (132, 68)


def test_a_modality_table_and_a_voi_table(make_dataset):
    lut = item(LUTDescriptor=[256, 0, 16], LUTData=list(range(1000, 1256)), ModalityLUTType="HU")
    frame = shown(make_dataset(RAMP, ModalityLUTSequence=Sequence([lut])))
    assert frame.window == (1000, 1255)
    assert np.array_equal(frame.pixels, RAMP)
    steps = [0] * 128 + [4095] * 128
    voi = item(LUTDescriptor=[256, 0, 12], LUTData=steps)
    frame = shown(make_dataset(RAMP, VOILUTSequence=Sequence([voi])))
    assert np.array_equal(frame.pixels, np.where(RAMP < 128, 0, 255))
    frame = shown(
        make_dataset(RAMP, VOILUTSequence=Sequence([voi]), PhotometricInterpretation="MONOCHROME1")
    )
    assert np.array_equal(frame.pixels, np.where(RAMP < 128, 255, 0))


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(
    ("dtype", "padding", "element"),
    [(np.int16, -2000, -2000), (np.int16, -2000, 63536), (np.uint16, 65535, 65535)],
)
def test_padding_is_black_and_no_part_of_the_range(
    make_dataset, photometric, dtype, padding, element
):
    values = RAMP.astype(dtype)
    values[:4] = padding
    dataset = make_dataset(values, PhotometricInterpretation=photometric)
    dataset.add_new("PixelPaddingValue", "SS" if element < 0 else "US", element)
    frame = shown(dataset)
    assert not frame.pixels[:4].any()
    assert set(frame.window) == {64, 255}


def test_a_range_of_padding(make_dataset):
    frame = shown(make_dataset(RAMP, PixelPaddingValue=0, PixelPaddingRangeLimit=99))
    assert not frame.pixels[RAMP < 100].any()
    assert frame.window == (100, 255)


def test_signed_values_of_twelve_bits(make_dataset):
    values = (RAMP.astype(np.int16) - 128) & 0xFFF
    dataset = make_dataset(values.astype(np.uint16))
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 1
    assert np.array_equal(shown(dataset).pixels, RAMP)
    assert shown(dataset).window == (-128, 127)


def test_every_frame_of_an_enhanced_file_has_its_own_values(make_dataset):
    def groups(slope, centre):
        rescale = item(RescaleSlope=slope, RescaleIntercept=0, RescaleType="US")
        voi = item(WindowCenter=centre, WindowWidth=100, VOILUTFunction="LINEAR_EXACT")
        return item(
            PixelValueTransformationSequence=Sequence([rescale]),
            FrameVOILUTSequence=Sequence([voi]),
        )

    dataset = make_dataset(
        np.stack([RAMP, RAMP]),
        SharedFunctionalGroupsSequence=Sequence([item()]),
        PerFrameFunctionalGroupsSequence=Sequence([groups(1, 100), groups(2, 300)]),
    )
    first, second = read_frames(dataset)
    assert first.window == (50, 150)
    assert second.window == (250, 350)
    assert second.pixels[8, 10] == round((138 * 2 - 250) / 100 * 255)


def test_groups_shared_by_all_frames_count_where_a_frame_says_nothing(make_dataset):
    voi = item(WindowCenter=100, WindowWidth=100, VOILUTFunction="LINEAR_EXACT")
    dataset = make_dataset(
        np.stack([RAMP, RAMP]),
        SharedFunctionalGroupsSequence=Sequence([item(FrameVOILUTSequence=Sequence([voi]))]),
        PerFrameFunctionalGroupsSequence=Sequence([item(), item()]),
    )
    assert [frame.window for frame in read_frames(dataset)] == [(50, 150)] * 2


def test_a_window_beside_the_values_is_remarked(make_dataset):
    frame = shown(make_dataset(RAMP, WindowCenter=5000, WindowWidth=10))
    assert "shows nothing" in frame.remark
    assert np.array_equal(frame.pixels, RAMP)


def test_a_palette_and_deep_colours(make_dataset):
    tables = {
        f"{name}PaletteColorLookupTable{part}": value
        for name, ramp in (("Red", 1), ("Green", 2), ("Blue", 3))
        for part, value in (
            ("Descriptor", [4, 0, 16]),
            ("Data", (np.arange(4, dtype="<u2") * ramp * 5000).tobytes()),
        )
    }
    indices = np.array([[0, 1], [2, 3]], np.uint8)
    frame = shown(make_dataset(indices, PhotometricInterpretation="PALETTE COLOR", **tables))
    expected = np.rint(np.array([15000, 30000, 45000]) / 65535 * 255)
    assert frame.pixels[1, 1].tolist() == expected.tolist()
    deep = np.zeros((4, 4, 3), np.uint16)
    deep[0, 0] = [4095, 2048, 0]
    dataset = make_dataset(deep)
    assert shown(dataset).pixels[0, 0].tolist() == [255, 128, 0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Rows": 60_000, "Columns": 60_000}, "declares more than"),
        ({"NumberOfFrames": 2_000_000_000}, "frames, which it cannot hold"),
        ({"NumberOfFrames": -1}, "frames, which it cannot hold"),
        ({"Rows": 1}, "shows nothing"),
        ({"Rows": None}, "Rows is missing"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4"}, "segmentation"),
    ],
)
def test_what_a_file_declares_is_bounded_before_it_is_decoded(make_dataset, changes, reason):
    with pytest.raises(UnusableError, match=reason):
        check_pixels(make_dataset(RAMP, **changes), 10_000)


def test_what_holds_no_image_says_what_it_is(make_dataset):
    dataset = make_dataset(RAMP, SOPClassUID="1.2.840.10008.5.1.4.1.1.481.3")
    del dataset.PixelData
    with pytest.raises(UnusableError, match="RT Structure Set"):
        check_pixels(dataset, 10_000)


def test_a_compression_that_nobody_reads_is_not_called_damage(make_dataset):
    dataset = make_dataset(RAMP)
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
    with pytest.raises(UnusableError, match="compression is not supported"):
        list(read_frames(dataset))
