"""What a reconstruction gets wrong, as a picture."""

import numpy as np

# Blue and orange are told apart by nearly everyone, and stand for nothing else here.
_TOO_DARK = np.array([255, 154, 60], dtype=np.float32)
_TOO_BRIGHT = np.array([74, 163, 255], dtype=np.float32)
FULL_COLOUR_AT = 0.5


def difference_picture(image: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """Return where a decoded image is darker (orange) and brighter (blue) than the real one.

    Black is no difference; full colour is half of full scale or more, on the mean of all
    channels.

    Args:
        image: uint8, (H, W, C).
        decoded: as `image`.

    Returns:
        uint8, (H, W, 3).
    """
    difference = (image.astype(np.float32) - decoded.astype(np.float32)).mean(axis=-1) / 255
    strength = np.clip(np.abs(difference) / FULL_COLOUR_AT, 0, 1)[..., None]
    colour = np.where(difference[..., None] > 0, _TOO_DARK, _TOO_BRIGHT)
    return np.rint(strength * colour).astype(np.uint8)
