"""What exports say of how their synthetic images were decoded."""

from cae.decoding.rendering import LIKELY, MEAN, Rendering
from cae.export.synthetic import SYNTHETIC

DECODED_AS = """\
Whether images are mean decodes or likely ones is said in each picture and in provenance.json
(decoded_as, with seed and steps). What likely images show beyond the mean decode is invented."""


FAR = "far from every image"


def synthetic_caption(rendering: Rendering, number: int, count: int, *, is_far: bool) -> str:
    """Return what stands below image `number` of `count`, from 1.

    A second line says where it `is_far` from every image, see `cae.latent.support.Support`.
    """
    invented = "" if rendering.kind == MEAN else f" {LIKELY}, invented"
    caption = f"{SYNTHETIC}{invented} {number}/{count}"
    return f"{caption}\n{FAR}" if is_far else caption


def rendering_names(rendering: Rendering) -> list[str]:
    """Return the parts of a file's name that tell how its images were decoded."""
    return [] if rendering.kind == MEAN else [LIKELY, f"noise{rendering.seed}"]
