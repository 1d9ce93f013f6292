from typing import Any

import numpy as np
import pytest

from cae.study.layout import umap_layout
from cae.study.study import Study


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """How UMAP and landmarks are asked; all images are laid at the origin."""
    found: list[tuple[str, dict[str, Any]]] = []

    def noting(name: str) -> Any:
        def layout(latents: np.ndarray, **how: Any) -> np.ndarray:
            found.append((name, how))
            return np.zeros((len(latents), how["dimensions"]), np.float32)

        return layout

    monkeypatch.setattr("cae.latent.project.project", noting("all"))
    monkeypatch.setattr("cae.latent.landmark_projection.project_by_landmarks", noting("landmarks"))
    return found


def test_all_images_are_laid_out_with_the_neighbours_that_the_study_keeps(
    digits_study: Study, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    assert umap_layout(digits_study, 15, 0.5, dimensions=3).shape == (len(digits_study), 3)
    ((name, how),) = asked
    assert name == "all"
    assert how["graph"].rows.shape == (len(digits_study), 14)
    assert (how["seed"], how["n_neighbors"], how["min_dist"]) == (digits_study.seed, 15, 0.5)


def test_of_too_many_some_are_laid_out(
    digits_study: Study,
    asked: list[tuple[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    most = len(digits_study) - 1
    monkeypatch.setattr("cae.latent.landmark_projection.LANDMARKS", most)
    umap_layout(digits_study, 15, 0.5)
    umap_layout(digits_study, 15, 0.5, "euclidean")
    assert [name for name, _ in asked] == ["landmarks", "all"]
    assert asked[1][1]["metric"] == "euclidean"
