"""One colour per region, the same wherever regions are shown."""

import colorsys

import numpy as np

# Hues go round by the golden ratio, so that neighbours in number are far apart in colour.
_GOLDEN = 0.618034
_LIGHTNESS = (0.5, 0.68, 0.38)


def region_colours(count: int) -> np.ndarray:
    """Return the colours of `count` regions, uint8 (count, 3); region k always has the same."""
    colours = [
        colorsys.hls_to_rgb((0.58 + number * _GOLDEN) % 1, _LIGHTNESS[number % 3], 0.75)
        for number in range(count)
    ]
    return np.asarray(np.rint(np.array(colours) * 255), np.uint8)
