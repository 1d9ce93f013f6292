"""Numbers as people read them: shares that do not overstate, minus signs that are minus signs."""

import math


def number_text(value: float, form: str = ".4g") -> str:
    """Return a number with a real minus sign; what rounds to nothing has no sign.

    It is for eyes. What is read again as a number, such as a query or a CSV file of latents, keeps
    its hyphens.

    Args:
        value: any number, also infinite or NaN.
        form: as `format` takes it.

    Example:
        >>> number_text(-22.714, ".2f"), number_text(-0.01, "+.1f"), number_text(1.25, "+.2f")
        ('−22.71', '0.0', '+1.25')
    """
    text = format(value, form)
    if math.isfinite(value) and float(text) == 0:
        return text.lstrip("+-")
    return with_minus(text)


def with_minus(written: str) -> str:
    """Return a number, as it is written in files, with real minus signs."""
    return written.replace("-", "−")


def counted(count: int, noun: str) -> str:
    """Return how many there are; the noun, which takes an s, is of the number it needs.

    Example:
        >>> counted(1, "image"), counted(2048, "unknown id")
        ('1 image', '2,048 unknown ids')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent_text(share: float, digits: int = 0) -> str:
    """Return a share, 0–1, in per cent; only nothing is 0 % and only all is 100 %.

    Example:
        >>> percent_text(11 / 2353), percent_text(2342 / 2353), percent_text(0.5)
        ('<1 %', '>99 %', '50 %')
    """
    least = 10.0**-digits
    rounded = round(100 * share, digits)
    if share > 0 and rounded < least:
        return f"<{least:.{digits}f} %"
    if share < 1 and rounded > 100 - least:
        return f">{100 - least:.{digits}f} %"
    return f"{number_text(rounded, f'.{digits}f')} %"


def deviations_text(value: float) -> str:
    """Return how many standard deviations something lies up (+) or down (−).

    Example:
        >>> deviations_text(-2.0), deviations_text(-0.02)
        ('−2.0 σ', '0.0 σ')
    """
    return f"{number_text(value, '+.1f')} σ"
