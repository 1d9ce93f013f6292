"""What changed from one image to another, as a picture."""

import numpy as np

# The neutral middle and the two ends of a diverging scale that the colour-blind can read
# (Brewer's RdBu): darker than the reference is blue, brighter is red.
_SAME = np.array([247, 247, 247], dtype=np.float32)
_DARKER = np.array([33, 102, 172], dtype=np.float32)
_BRIGHTER = np.array([178, 24, 43], dtype=np.float32)
# Red, green and blue from darker to the same to brighter.
ENDS = tuple(tuple(map(int, one)) for one in (_DARKER, _SAME, _BRIGHTER))


def difference_picture(image: np.ndarray, reference: np.ndarray, limit: float) -> np.ndarray:
    """Return where an image is brighter (red) or darker (blue) than a reference.

    Args:
        image: uint8 (H, W, C).
        reference: uint8 (H, W, C).
        limit: the difference, in grey values above 0, that has the full colour; larger ones too.

    Returns:
        uint8 (H, W, 3).
    """
    change = image.astype(np.float32).mean(axis=-1) - reference.astype(np.float32).mean(axis=-1)
    share = np.clip(change / limit, -1, 1)[..., None]
    end = np.where(share > 0, _BRIGHTER, _DARKER)
    picture: np.ndarray = np.rint(_SAME + np.abs(share) * (end - _SAME)).astype(np.uint8)
    return picture
