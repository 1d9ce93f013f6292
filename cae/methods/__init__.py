"""Ways to train: one method per file, with its own settings.

A new method is a file and a line here. Nothing is imported before it is asked for.
"""

from typing import TYPE_CHECKING, Any

from cae.errors import CaeError
from cae.plugins import load
from cae.settings import brief

if TYPE_CHECKING:
    from cae.methods.method import Method
    from cae.methods.settings import TrainingSettings

DEFAULT = "contrastive"
# What latents that came from elsewhere are decoded by.
DECODER = "decoder"
METHODS = {
    "autoencoder": "cae.methods.autoencoder:Autoencoder",
    "contrastive": "cae.methods.contrastive:ContrastiveAutoencoder",
    "prototypes": "cae.methods.prototypes:PrototypeAutoencoder",
    "pseudo-class": "cae.methods.pseudo_class:PseudoClassAutoencoder",
    "clinical": "cae.methods.clinical:ClinicalAutoencoder",
    "decoder": "cae.methods.decoder:LatentDecoder",
    "local": "cae.local.method:LocalDiscrimination",
    "local-published": "cae.local.published:PublishedLocalDiscrimination",
}
# Trained only to be compared with, never chosen: nothing can be decoded from their latents.
REFERENCES = {"supervised": "cae.methods.supervised:SupervisedClassifier"}


def method_named(name: str) -> "type[Method[Any]]":
    """Return the method of a name.

    Raises:
        CaeError: there is none.
    """
    known = METHODS | REFERENCES
    if name not in known:
        raise CaeError(
            f"There is no method {brief(repr(name))}; choose one of {', '.join(METHODS)}."
        )
    method: type[Method[Any]] = load(known[name])
    return method


def new_settings(method: str = DEFAULT, **values: Any) -> "TrainingSettings":
    """Return the settings of a method; what is left out takes its default.

    Raises:
        CaeError: there is no such method, or it has no such setting.
    """
    return method_named(method).Settings.from_dict(values)


def read_settings(values: dict[str, Any], default: str = DEFAULT) -> "TrainingSettings":
    """Return the settings that a study or a model notes.

    What belongs to other methods is left out: former versions noted the settings of all.

    Args:
        values: what `TrainingSettings.to_dict` wrote, by this or a former version.
        default: the method where none is noted.

    Raises:
        CaeError: the method or a setting is unknown.
    """
    method = method_named(values.get("method", default))
    others = {name for other in METHODS for name in method_named(other).Settings.names()}
    foreign = ({"method"} | others) - set(method.Settings.names())
    return method.Settings.from_dict({k: v for k, v in values.items() if k not in foreign})
