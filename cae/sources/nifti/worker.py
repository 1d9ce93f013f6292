"""The limited process that reads NIfTI files; `cae.sources.limited` runs it."""

import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from cae.errors import UnusableError
from cae.sources.depth import Window, windowed
from cae.sources.fitting import fit_square, isotropic
from cae.sources.limited import Message, serve
from cae.sources.nifti.cutting import ACROSS, Cutting

_LARGEST_VOLUME = 4 << 30
_PERCENTILES = (0.5, 99.5)
_SAMPLED = 2_000_000
# A slice of which less is brighter than this shows nothing.
_DARK, _LEAST_BRIGHT = 12, 0.02
_MOST_OFF_MM = 0.1
_MOST_UNLIKE = 100


@dataclass(frozen=True)
class Volume:
    """A volume whose axes point right, anterior and superior.

    Attributes:
        values: (X, Y, Z) or, in colour, (X, Y, Z, 3).
        affine: (4, 4), from voxels to mm.
        remark: what of the file is left out, as a phrase; empty if nothing.
    """

    values: np.ndarray
    affine: np.ndarray
    remark: str

    @property
    def spacing(self) -> np.ndarray:
        """Distance of voxels along the three axes, mm."""
        return _spacing(self.affine)


def answer(request: dict[str, Any]) -> Iterator[Message]:
    """Answer what is asked of a file, see `cae.sources.reading.read_files`.

    ``cutting`` is the `Cutting`, ``masks`` the path of a mask, or none, for each kind.
    """
    cutting = Cutting(**request["cutting"])
    if "look" in request:
        yield _look(Path(request["look"]), cutting), b""
    else:
        yield from _read(Path(request["read"]), cutting, request["masks"], request["side"])


def _look(path: Path, cutting: Cutting) -> dict[str, Any]:
    image = _opened(path)
    axes = nib.orientations.io_orientation(image.affine)[:, 0].astype(int)
    shape, spacing = np.ones(3, int), np.ones(3)
    shape[axes], spacing[axes] = image.shape[:3], _spacing(image.affine)
    frames, sides = 0, []
    for plane in cutting.planes:
        across = ACROSS[plane]
        size = _square_size(np.delete(shape, across)[::-1], np.delete(spacing, across)[::-1])
        tiles = math.prod(length // cutting.patch for length in size) if cutting.patch else 1
        frames += tiles * len(cutting.slices(shape[across], spacing[across]))
        sides.append(cutting.patch or max(size))
    channels = 3 if image.get_data_dtype().names else 1
    return {"frames": int(frames), "side": int(max(sides)), "channels": channels}


def _spacing(affine: np.ndarray) -> np.ndarray:
    """Return the distance of voxels along the three axes, mm."""
    spacing: np.ndarray = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    return spacing


def _square_size(size: np.ndarray, spacing: np.ndarray) -> tuple[int, int]:
    """Return height and width of a slice whose pixels were made square."""
    ratio = spacing[0] / spacing[1]
    height, width = size
    return (round(height * max(ratio, 1)), round(width * max(1 / ratio, 1)))


def _read(path: Path, cutting: Cutting, masks: list[str | None], side: int) -> Iterator[Message]:
    volume = _volume(path)
    window = _window(volume.values)
    found = [_mask(mask, volume) if mask else (None, "") for mask in masks]
    told = {
        "window": window and list(window),
        "remark": "; ".join(filter(None, [volume.remark, *(reason for _, reason in found)])),
    }
    for plane in cutting.planes:
        across = ACROSS[plane]
        for index in cutting.slices(volume.values.shape[across], volume.spacing[across]).tolist():
            image = _cut(volume.values, volume, plane, index)
            image = image if window is None else windowed(image, window)
            cuts = [None if mask is None else _cut(mask, volume, plane, index) for mask, _ in found]
            for shown, beside, middle in _patches(image, cuts, cutting.patch):
                row, header, content = _squares(shown, beside, side)
                row |= {"plane": plane, "slice": index, **_place(volume, plane, index, middle)}
                yield {**header, **told, "row": row}, content


def _patches(
    image: np.ndarray, masks: list[np.ndarray | None], patch: int
) -> Iterator[tuple[np.ndarray, list[np.ndarray | None], tuple[float, float]]]:
    """Yield the patches of an image and its masks that show something, or the whole of it.

    With each comes where its middle lies, in shares of height and width.
    """
    height, width = image.shape[:2]
    for top, left, rows, columns in _tiles((height, width), patch):
        area = (slice(top, top + rows), slice(left, left + columns))
        if (image[area] > _DARK).mean() >= _LEAST_BRIGHT:
            middle = (top + rows / 2) / height, (left + columns / 2) / width
            yield image[area], [None if mask is None else mask[area] for mask in masks], middle


def _squares(
    image: np.ndarray, masks: list[np.ndarray | None], side: int
) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Return how much of an image each mask covers, and image and masks as squares."""
    square = fit_square(image, side)
    parts = [square] + [
        np.zeros((side, side, 1), np.uint8) if mask is None else fit_square(mask, side)
        for mask in masks
    ]
    covered = [None if mask is None else float(mask.mean() / 255) for mask in masks]
    content = np.concatenate(parts, axis=-1).tobytes()
    return {"covered": covered}, {"channels": square.shape[-1]}, content


def _tiles(size: tuple[int, int], patch: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield top, left, height and width of the patches of a slice, or of the slice itself."""
    height, width = size
    if not patch:
        yield 0, 0, height, width
        return
    # What does not fill a patch is left over on both sides alike.
    for top in range(height % patch // 2, height - patch + 1, patch):
        for left in range(width % patch // 2, width - patch + 1, patch):
            yield top, left, patch, patch


def _cut(values: np.ndarray, volume: Volume, plane: str, index: int) -> np.ndarray:
    """Return a slice of values on the volume's grid as radiologists see it, its pixels square.

    Superior or anterior is up; the patient's right is on the left, or anterior on the left.
    """
    across = ACROSS[plane]
    # `take` would copy the whole volume for each slice.
    cut = np.moveaxis(np.moveaxis(values, across, 0)[index], 0, 1)[::-1, ::-1]
    width_mm, height_mm = np.delete(volume.spacing, across)
    return _isotropic(np.ascontiguousarray(cut), height_mm / width_mm)


def _isotropic(cut: np.ndarray, aspect: float) -> np.ndarray:
    if cut.dtype == np.uint8:
        return isotropic(cut, aspect)
    return isotropic(cut.astype(np.float32), aspect)


def _place(volume: Volume, plane: str, index: int, middle: tuple[float, float]) -> dict[str, float]:
    """Return the middle of what was cut, mm to the right, front and top; `middle` in shares."""
    across = ACROSS[plane]
    horizontal, vertical = (axis for axis in range(3) if axis != across)
    voxel = np.empty(3)
    voxel[across] = index
    voxel[vertical] = (1 - middle[0]) * volume.values.shape[vertical] - 0.5
    voxel[horizontal] = (1 - middle[1]) * volume.values.shape[horizontal] - 0.5
    place = volume.affine[:3, :3] @ voxel + volume.affine[:3, 3]
    return dict(zip(("x_mm", "y_mm", "z_mm"), (float(value) for value in place), strict=True))


def _window(values: np.ndarray) -> Window | None:
    """Return the middle 99 % of a volume's values, None for bytes, which are shown as they are."""
    if values.dtype == np.uint8:
        return None
    sample = values.ravel(order="K")[:: 1 + values.size // _SAMPLED]
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        raise UnusableError("it holds no finite value")
    low, high = (float(value) for value in np.percentile(sample, _PERCENTILES))
    if low == high:
        low, high = float(sample.min()), float(sample.max())
    return Window(low, high)


def _mask(path: str, volume: Volume) -> tuple[np.ndarray | None, str]:
    """Return a mask as uint8 0–255, or None and why it cannot be used."""
    name = Path(path).name
    try:
        mask = _volume(Path(path))
    except UnusableError as error:
        return None, f"its mask {name} was not used: {error.reason}"
    # Everything that readers raise on a damaged mask concerns the mask, not the image.
    except Exception as error:
        return None, f"its mask {name} is cut off or damaged ({error})"
    if mask.values.shape != volume.values.shape[:3] or not _same_place(mask, volume):
        return None, f"its mask {name} was not used: it lies on another grid than the image"
    values = np.nan_to_num(mask.values)
    if values.dtype.kind == "f" and 0 < values.max() <= 1:
        return windowed(values, Window(0.0, 1.0)), ""
    return (values > 0).astype(np.uint8) * 255, ""


def _same_place(mask: Volume, volume: Volume) -> bool:
    """Whether the corners of two volumes of one shape lie at the same places."""
    corners = np.array(np.meshgrid(*[(0, size - 1) for size in volume.values.shape[:3]]))
    voxels = np.vstack([corners.reshape(3, -1), np.ones(8)])
    return bool(np.abs((mask.affine - volume.affine) @ voxels).max() <= _MOST_OFF_MM)


def _volume(path: Path) -> Volume:
    image = _opened(path)
    remark = ""
    if len(image.shape) > 3 and not image.get_data_dtype().names:
        count = int(np.prod(image.shape[3:]))
        remark = f"only the first of its {count} volumes was used" if count > 1 else ""
    first = np.asanyarray(image.dataobj[(..., *[0] * (len(image.shape) - 3))])
    if first.dtype.names:
        first = np.stack([first[name] for name in ("R", "G", "B")], axis=-1)
    if first.dtype.kind == "c":
        raise UnusableError("it holds complex numbers; save their magnitude")
    orientation = nib.orientations.io_orientation(image.affine)
    turned = nib.orientations.apply_orientation(first, orientation)
    back = nib.orientations.inv_ornt_aff(orientation, image.shape[:3])
    return Volume(turned, image.affine @ back, remark)


def _opened(path: Path) -> Any:
    """Return an image of at least two dimensions whose size can be believed, not yet read."""
    if path.stat().st_size == 0:
        raise UnusableError("the file is empty (0 bytes)")
    try:
        image = nib.load(path)
    except (nib.filebasedimages.ImageFileError, gzip.BadGzipFile) as error:
        raise UnusableError("it is damaged or no NIfTI file") from error
    if not isinstance(image, (nib.Nifti1Image, nib.Nifti1Pair)):
        raise UnusableError("it is no NIfTI file")
    if len(image.shape) < 2 or min(image.shape[:2]) < 2:
        raise UnusableError(
            f"it measures {'×'.join(map(str, image.shape))} voxels, which shows nothing"
        )
    spacing = _spacing(image.affine)
    if not (np.isfinite(image.affine).all() and spacing.min() > 0):
        raise UnusableError("its affine places no voxel; it is damaged")
    if spacing.max() > _MOST_UNLIKE * spacing.min():
        raise UnusableError("its voxels are more than 100 times longer than wide; it is damaged")
    voxels = math.prod(image.shape[:3])
    if voxels * image.get_data_dtype().itemsize > _LARGEST_VOLUME:
        raise UnusableError(f"it would fill more than {_LARGEST_VOLUME >> 30} GB; make it smaller")
    if len(image.shape) == 2:
        return image.__class__(np.asanyarray(image.dataobj)[..., None], image.affine, image.header)
    return image


if __name__ == "__main__":
    serve(answer)
