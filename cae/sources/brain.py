"""The embedded image set: patches of an averaged human brain, always at hand."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.progress import Progress, silent
from cae.sources.packages import package_folder
from cae.sources.table import base_table

PATCH = 64
PLANES = ("axial", "coronal", "sagittal")
_ACROSS = {"axial": 2, "coronal": 1, "sagittal": 0}
_SLICE_STEP = 2
_SHIFT_STEP = 9
_MOST_BACKGROUND = 0.85
_PROGRESS_EVERY = 200
# Voxel ranges [from, to) of the blocks; 98 is the midline, which belongs to neither side.
_X = {"left": (12, 98), "right": (99, 185)}
_Y = {"posterior": (10, 83), "middle": (83, 152), "anterior": (152, 225)}
_Z = {"inferior": (0, 78), "superior": (78, 160)}
_VAL = {"right-anterior-inferior", "right-posterior-superior"}
_TEST = {"left-posterior-inferior", "right-middle-superior"}
_CREDIT = (
    "MNI ICBM152 nonlinear symmetric template 2009a with tissue probabilities, "
    "V. Fonov, A. C. Evans, D. L. Collins et al., Montreal Neurological Institute, by nilearn"
)

# What a newcomer has to know of the first images that the app shows.
_ABOUT = (
    "One brain, the average of 152 young adults, cut into patches: no patients and no labels, and "
    "its halves mirror each other."
)

Range = tuple[int, int]


@dataclass(frozen=True)
class Template:
    """The MNI152 brain at 1 mm.

    Attributes:
        intensity: uint8, (X, Y, Z), T1 weighted, 0 outside the brain; axes point right,
            anterior, superior.
        grey, white: uint8, (X, Y, Z), probability of the tissue × 255, 0 outside the brain.
        affine: (4, 4), from voxels to MNI millimetres.
    """

    intensity: np.ndarray
    grey: np.ndarray
    white: np.ndarray
    affine: np.ndarray


@dataclass(frozen=True)
class Patch:
    """Where a patch lies: one voxel thick across its plane, `PATCH` along the two other axes."""

    plane: str
    block: str
    split: str
    start: tuple[int, int, int]

    @property
    def region(self) -> tuple[slice, slice, slice]:
        """The voxels of the patch."""
        extent = [PATCH] * 3
        extent[_ACROSS[self.plane]] = 1
        x, y, z = (slice(s, s + e) for s, e in zip(self.start, extent, strict=True))
        return x, y, z

    @property
    def centre(self) -> np.ndarray:
        """The middle of the patch, voxels."""
        return np.array([(part.start + part.stop - 1) / 2 for part in self.region])

    def cut(self, volume: np.ndarray) -> np.ndarray:
        """Return the patch of `volume` as radiologists see it, (PATCH, PATCH).

        Superior or anterior is up; the patient's right is on the left, or anterior on the left.
        """
        return volume[self.region].squeeze(_ACROSS[self.plane]).T[::-1, ::-1]


@dataclass(frozen=True)
class BrainSource:
    """Patches of 64×64 pixels at 1 mm from the MNI152 template that nilearn brings along.

    The brain is cut into 2 × 3 × 2 blocks, every patch lies inside one block and every block
    belongs to one split, so that no voxel is in two splits. The template is the mean of 152 people
    and exactly symmetric: what a block for validation or test shows, its mirror twin shows to
    training, though never in the same slice. Figures on this set therefore say how well a brain
    is remembered, not how well other people's brains are understood.

    Fractions are parts of a patch's pixels: mean tissue probability, and what lies outside the
    brain; the rest is mostly cerebrospinal fluid.
    """

    spec: str = "brain"

    @classmethod
    def from_argument(cls, argument: str) -> "BrainSource":
        """Return the source that ``brain`` names."""
        if argument:
            raise CaeError(f"The source 'brain' takes nothing after it, but got {argument!r}.")
        return cls()

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        """Cut the patches out of the template; the same ones every time, or `limit` of them.

        They are few enough for memory, so nothing is written to `scratch`.
        """
        template = load_template()
        patches = brain_patches(template)
        images = np.empty((len(patches), PATCH, PATCH, 1), np.uint8)
        masks = np.empty((len(patches), PATCH, PATCH, 2), np.uint8)
        for row, patch in enumerate(patches):
            images[row, ..., 0] = patch.cut(template.intensity)
            masks[row, ..., 0] = patch.cut(template.grey)
            masks[row, ..., 1] = patch.cut(template.white)
            if row % _PROGRESS_EVERY == 0:
                progress(row, len(patches), "cutting patches")
        progress(len(patches), len(patches), "cutting patches")
        centres = np.array([patch.centre for patch in patches])
        millimetres = centres @ template.affine[:3, :3].T + template.affine[:3, 3]
        table = base_table(
            [f"{number:06d}" for number in range(1, len(patches) + 1)],
            [patch.split for patch in patches],
        )
        table["plane"] = [patch.plane for patch in patches]
        table[["x_mm", "y_mm", "z_mm"]] = millimetres
        table["hemisphere"] = np.where(millimetres[:, 0] < 0, "left", "right")
        table["grey_fraction"] = masks[..., 0].mean(axis=(1, 2)) / 255
        table["white_fraction"] = masks[..., 1].mean(axis=(1, 2)) / 255
        table["background_fraction"] = (images[..., 0] == 0).mean(axis=(1, 2))
        table["block"] = [patch.block for patch in patches]
        imageset = ImageSet(
            images=images,
            table=table,
            name="MNI152 brain",
            kind="brain",
            masks=masks,
            mask_names=("grey", "white"),
            identifying=(),
            notes=(_ABOUT,),
            credit=_CREDIT,
        )
        return imageset if limit is None else imageset.limit(limit, seed)


def load_template() -> Template:
    """Read the template's three volumes from the files inside the nilearn package.

    They are the files behind ``nilearn.datasets.load_mni152_template`` and its two siblings;
    importing that module would take several seconds.
    """
    from nibabel import Nifti1Image

    folder = package_folder("nilearn") / "datasets" / "data"
    volumes = {
        name: Nifti1Image.from_filename(
            folder / f"mni_icbm152_{name}_tal_nlin_sym_09a_converted.nii.gz"
        )
        for name in ("t1", "gm", "wm")
    }
    voxels = {name: np.asarray(volume.dataobj, np.uint8) for name, volume in volumes.items()}
    brain = voxels["t1"] > 0
    return Template(voxels["t1"], voxels["gm"] * brain, voxels["wm"] * brain, volumes["t1"].affine)


def brain_patches(template: Template) -> list[Patch]:
    """Return where the patches lie that show enough of the brain, in the order of the images."""
    return [patch for patch in _patches() if _shows_brain(patch, template)]


def _patches() -> Iterator[Patch]:
    """Yield the places of all patches, block by block and plane by plane."""
    for side, x in _X.items():
        for depth, y in _Y.items():
            for height, z in _Z.items():
                block = f"{side}-{depth}-{height}"
                split = "test" if block in _TEST else "val" if block in _VAL else "train"
                for plane in PLANES:
                    for start in _starts(plane, (x, y, z), mirrored=side == "right"):
                        yield Patch(plane, block, split, start)


def _starts(
    plane: str, ranges: tuple[Range, Range, Range], mirrored: bool
) -> Iterator[tuple[int, int, int]]:
    """Yield the first voxel of the patches of one plane inside a block.

    Left and right use different slices, because those of a symmetric brain would be the same
    pictures: the sides' x ranges mirrored onto each other are out of step, y and z are shifted.
    """
    axes = []
    for axis, (low, high) in enumerate(ranges):
        across = axis == _ACROSS[plane]
        last = high - (1 if across else PATCH)
        first = low + 1 if across and mirrored and axis > 0 else low
        axes.append(range(first, last + 1, _SLICE_STEP if across else _SHIFT_STEP))
    yield from itertools.product(*axes)


def _shows_brain(patch: Patch, template: Template) -> bool:
    return bool((template.intensity[patch.region] == 0).mean() <= _MOST_BACKGROUND)
