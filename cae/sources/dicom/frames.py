"""What counts for one frame of a DICOM file, wherever the file says it."""

from collections.abc import Iterator
from contextlib import suppress

from pydicom.dataset import Dataset

from cae.errors import UnusableError

# Enhanced multi-frame files keep these in groups shared by all frames or made for each.
_GROUPS = {
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PlanePositionSequence": ("ImagePositionPatient",),
    "FrameAnatomySequence": ("FrameLaterality",),
    "MRTimingAndRelatedParametersSequence": ("RepetitionTime", "FlipAngle"),
    "MREchoSequence": ("EffectiveEchoTime",),
    "CTReconstructionSequence": ("ConvolutionKernel",),
}
_FUNCTIONAL_GROUPS = (0x52009229, 0x52009230)
_PIXEL_GROUP = 0x7FE0


def frame_count(dataset: Dataset) -> int:
    """Return the number of frames that the file declares, 1 where it says nothing.

    Raises:
        UnusableError: it is no number.
    """
    try:
        return int(dataset.get("NumberOfFrames") or 1)
    except (TypeError, ValueError) as error:
        raise UnusableError("it is damaged: its number of frames is no number") from error


def frame_facts(dataset: Dataset, frame: int) -> Dataset:
    """Return the elements of a file with those of one frame (counted from 0) in their place.

    The pixel data and the groups themselves are not among them.
    """
    facts = Dataset()
    for tag in dataset.keys():  # noqa: SIM118 - iterating the dataset would read the pixels
        if not tag.is_private and tag.group != _PIXEL_GROUP and tag not in _FUNCTIONAL_GROUPS:
            # One element that says nonsense does not make the image less of one.
            with suppress(ValueError, TypeError, OverflowError):
                facts.add(dataset[tag])
    for group in _groups(dataset, frame):
        for element in group:
            facts.add(element)
    return facts


def _groups(dataset: Dataset, frame: int) -> Iterator[Dataset]:
    """Yield what the groups say of a frame, that of its own group last."""
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    each = dataset.get("PerFrameFunctionalGroupsSequence") or []
    own = [each[frame]] if frame < len(each) else []
    for functional in [*shared[:1], *own]:
        for name, keywords in _GROUPS.items():
            for item in (functional.get(name) or [])[:1]:
                kept = Dataset()
                for keyword in keywords:
                    if keyword in item:
                        kept.add(item[keyword])
                yield kept
