"""Two structures of the embedded brain that tissue alone does not tell: ventricles, cerebellum."""

import numpy as np

from cae.sources.brain import Template

# Beyond this depth no fluid of the surface is left, and the ventricles are one piece.
_DEEP_MM = 25
_HALF = 128
# Where floods start, MNI millimetres (x is taken on both sides), and their radii.
_CEREBELLUM = (((25, -65, -38), 8), ((0, -60, -25), 4))
_ELSEWHERE = (
    ((30, -85, 5), 4),
    ((45, -60, -8), 4),
    ((28, -45, -8), 4),
    ((12, -75, 12), 4),
    ((50, -20, -20), 4),
    ((0, -28, -35), 6),
    ((0, -38, -52), 4),
    ((0, -20, -15), 4),
)


def ventricles(template: Template) -> np.ndarray:
    """Return where the lateral and third ventricles are, bool (X, Y, Z).

    They are the largest piece of what is neither grey nor white matter more than 25 mm below the
    brain's surface.
    """
    from scipy.ndimage import distance_transform_edt, label

    brain = template.intensity > 0
    deep = brain & ~_tissue(template) & (distance_transform_edt(brain) > _DEEP_MM)
    pieces, _ = label(deep)
    largest: np.ndarray = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    return largest


def cerebellum(template: Template) -> np.ndarray:
    """Return where the cerebellum is, bool (X, Y, Z).

    Tissue is flooded from inside the cerebellum and from inside cerebrum and brain stem; where
    the floods meet, in the fluid below the tentorium and in the narrow peduncles, is the border
    (watershed, Beucher & Lantuéjoul 1979).
    """
    from scipy.ndimage import gaussian_filter
    from skimage.segmentation import watershed

    fluid = 255 - np.minimum(255, template.grey.astype(np.int16) + template.white)
    seeds = np.zeros(template.intensity.shape, np.int32)
    for number, places in ((1, _CEREBELLUM), (2, _ELSEWHERE)):
        for (x, y, z), radius in places:
            for side in (-1, 1):
                seeds[_ball(template, (side * x, y, z), radius)] = number
    flooded = watershed(gaussian_filter(fluid.astype(np.float32), 1), seeds, mask=_tissue(template))
    found: np.ndarray = flooded == 1
    return found


def _tissue(template: Template) -> np.ndarray:
    tissue: np.ndarray = template.grey.astype(np.int16) + template.white >= _HALF
    return tissue


def _ball(template: Template, centre: tuple[int, int, int], radius: int) -> np.ndarray:
    """Return the voxels within `radius` mm of a place in MNI millimetres."""
    voxel = (np.linalg.inv(template.affine) @ (*centre, 1))[:3]
    axes = np.ogrid[tuple(slice(side) for side in template.intensity.shape)]
    squared = sum((axis - at) ** 2 for axis, at in zip(axes, voxel, strict=True))
    ball: np.ndarray = squared <= radius**2
    return ball
