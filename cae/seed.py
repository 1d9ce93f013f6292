"""Seeds of random numbers."""

from cae.errors import CaeError

# What every library that draws numbers can begin with, those that count with 32 bits included.
HIGHEST_SEED = 2**31 - 1


def require_seed(seed: int) -> None:
    """Raise `CaeError` unless random numbers of every kind can begin with `seed`."""
    if not 0 <= seed <= HIGHEST_SEED:
        raise CaeError(f"The seed {seed} is not offered; use 0 to {HIGHEST_SEED}.")
