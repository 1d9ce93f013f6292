"""Seeds: one bound, asked about before anything is done."""

import pytest

from cae.decoding.rendering import LIKELY, Rendering
from cae.errors import CaeError
from cae.methods import new_settings
from cae.seed import HIGHEST_SEED, require_seed
from cae.study.append import append
from cae.study.steps import import_images
from cae.study.study import Study


@pytest.mark.parametrize("seed", [-1, HIGHEST_SEED + 1, 2**63])
def test_a_seed_that_not_all_can_draw_with_is_refused(seed: int):
    with pytest.raises(CaeError, match=f"The seed {seed} is not offered; use 0 to {HIGHEST_SEED}"):
        require_seed(seed)
    with pytest.raises(CaeError, match=str(HIGHEST_SEED)):
        Rendering(LIKELY, seed)
    with pytest.raises(CaeError):
        new_settings(seed=seed)


class Unread:
    """A source that must not be asked for its images."""

    spec = "folder:unread"

    def load(self, *_: object) -> None:
        pytest.fail("images were read before the seed was looked at")


def test_it_is_looked_at_before_images_are_read(digits_study: Study, tmp_path):
    with pytest.raises(CaeError, match="The seed"):
        import_images(Unread(), tmp_path / "study", seed=HIGHEST_SEED + 1)
    with pytest.raises(CaeError, match="The seed"):
        append(digits_study, Unread(), seed=HIGHEST_SEED + 1)
    assert not (tmp_path / "study").exists()
