import json

import pytest

from cae.errors import CaeError
from cae.methods import METHODS, REFERENCES, method_named, new_settings, read_settings
from cae.methods.contrastive import ContrastiveSettings

NEEDED = {"clinical": {"clinical": ("age", "score"), "clinical_weights": (1.0, 0.5)}}


@pytest.mark.parametrize("method", [*METHODS, *REFERENCES])
def test_settings_survive_a_dictionary(method):
    settings = new_settings(method, epochs=3, **NEEDED.get(method, {}))
    noted = json.loads(json.dumps(settings.to_dict()))
    assert noted["method"] == method
    assert new_settings(**noted) == read_settings(noted) == settings


@pytest.mark.parametrize("method", [*METHODS, *REFERENCES])
def test_every_setting_has_a_title_and_help(method):
    kind = method_named(method).Settings
    for name, about in kind.about().items():
        assert about.title and about.help.endswith("."), name
        assert name in kind.__doc__ or any(name in base.__doc__ for base in kind.__mro__[1:-1])


def test_absent_values_take_their_defaults():
    assert new_settings(epochs=3) == ContrastiveSettings(epochs=3)


def test_an_unknown_name_is_refused():
    with pytest.raises(CaeError, match="The method 'contrastive' has no setting 'speed'"):
        new_settings(speed=3)
    with pytest.raises(CaeError, match="no setting 'regions'"):
        new_settings(regions=3)


def test_what_former_versions_noted_of_other_methods_is_left_out():
    noted = {"method": "pseudo-class", "positives": 2, "clusters": 0, "clinical": [], "epochs": 3}
    assert read_settings(noted) == new_settings("pseudo-class", positives=2, epochs=3)
    assert read_settings({"regions": 6}, "local") == new_settings("local", regions=6)
    with pytest.raises(CaeError, match="no setting 'speed'"):
        read_settings({"method": "contrastive", "speed": 3})


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("contrastive", {"epochs": 0}),
        ("contrastive", {"latent": 1}),
        ("pseudo-class", {"positives": -1}),
        ("contrastive", {"temperature": 0}),
        ("contrastive", {"learning_rate": float("nan")}),
        ("prototypes", {"clusters": 1}),
        ("local", {"patch_share": 1.0}),
        ("contrastive", {"latent": "many"}),
        ("contrastive", {"latent": [64]}),
        ("clinical", {"clinical": 3}),
    ],
)
def test_impossible_values_are_refused_in_a_sentence(method, values):
    with pytest.raises(CaeError, match=f"{next(iter(values))}.*\\.$"):
        new_settings(method, **values)


@pytest.mark.parametrize(
    ("images", "epochs"), [(0, 150), (1, 150), (2_500, 60), (7_500, 20), (15_000, 10), (10**7, 10)]
)
def test_few_images_are_looked_at_more_often(images: int, epochs: int) -> None:
    assert ContrastiveSettings.usual_epochs(images) == epochs
    assert new_settings("autoencoder").usual_epochs(images) == epochs
