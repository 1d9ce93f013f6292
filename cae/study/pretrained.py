"""Pretrained models, which come with the program, and the study they open with."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cae.app_files import ASSETS
from cae.documents import read_document
from cae.errors import CaeError
from cae.home import studies_folder
from cae.progress import Progress, silent
from cae.storage import atomic_path, sha256_file, write_json
from cae.study.locks import making
from cae.study.manifest import MANIFEST, PackedManifest
from cae.study.step import LOCAL_STEPS, MAP_STEPS
from cae.study.study import Study, pretrained_origin

BRAIN = "brain"
CARD = "MODEL_CARD.md"
_COMPUTED = MAP_STEPS[1:]
# It follows the latents that it belongs to.
_SHARPEN = "sharpen"
_ORDER = (*MAP_STEPS[1:3], _SHARPEN, *MAP_STEPS[3:], *LOCAL_STEPS)
# Whoever installs the embedded study is waited for, in seconds; it takes half a minute.
_PATIENCE = 300.0
# Deeper than the pretrained models that studies can be given instead of a training.
_LOCAL = ASSETS / "local"


@dataclass(frozen=True)
class PretrainedModel:
    """A trained model that comes with the program.

    Attributes:
        folder: where it lies; its name is the model's.
        title: what people call the images it was trained on.
        images: a sentence that says how to get the images.
        shape: height, width and channels of the images it takes.
    """

    folder: Path
    title: str
    images: str
    shape: tuple[int, int, int]

    @property
    def name(self) -> str:
        """What the shell calls it."""
        return self.folder.name

    @property
    def card(self) -> str:
        """The model card, Markdown: data, licence, settings, seed, figures, limits."""
        return (self.folder / CARD).read_text("utf-8")


def list_pretrained() -> list[PretrainedModel]:
    """Return the pretrained models in ``assets/``, by name."""
    return [_described(manifest) for manifest in sorted(ASSETS.glob(f"*/{MANIFEST}"))]


def pretrained_for(study: Study) -> list[PretrainedModel]:
    """Return those that take images of the study's size and channels."""
    return [one for one in list_pretrained() if one.shape == study.images.shape[1:]]


def use_pretrained(study: Study, name: str) -> None:
    """Give a study a pretrained model instead of training one.

    Raises:
        CaeError: there is no such model, it takes other images, it is damaged, or
            another process works on the study.
    """
    found = _pretrained(name)
    if found.shape != study.images.shape[1:]:
        raise CaeError(
            f"The pretrained model {name!r} takes images of {_size(found.shape)}, but those "
            f"of {study.path.name} are {_size(study.images.shape[1:])}; train a model instead."
        )
    restore(study, found.folder)


def use_pretrained_sharp(study: Study, name: str) -> None:
    """Give a study with a pretrained model and its latents the sharp decoder that comes with it.

    It belongs to the model, whatever images it encodes. Nothing happens where none comes with the
    model, or the study has it.

    Raises:
        CaeError: there is no such model, the sharp decoder is damaged, or another process works
            on the study.
    """
    folder = _pretrained(name).folder
    entries = _packed(folder / MANIFEST)["steps"]
    if _SHARPEN in entries and not study.is_current(_SHARPEN):
        entries[_SHARPEN]["pretrained"] = pretrained_origin(study.in_use("train"))
        _adopt(study, folder, entries, [_SHARPEN])


def _pretrained(name: str) -> PretrainedModel:
    known = {one.name: one for one in list_pretrained()}
    if name not in known:
        raise CaeError(f"There is no pretrained model {name!r}; choose one of {', '.join(known)}.")
    return known[name]


def pack(
    study: Study, folder: Path, title: str, images: str, steps: Sequence[str] = _COMPUTED
) -> None:
    """Write what was computed from a study's images to a new `folder`.

    Neither images nor where they lay on this computer are written; hashes of images and splits
    are.

    Args:
        study: a study of which `steps` are current.
        folder: of the pretrained model.
        title: what people call the images.
        images: a sentence that says how to get the images.
        steps: whose files are taken, first that of the model.

    Raises:
        CaeError: a step of the study is not current.
    """
    for step in steps:
        study.require_current(step)
    entries = {"import": {"files": study.in_use("import")["files"]}}
    entries |= {step: _without_place(study.in_use(step)) for step in steps}
    with atomic_path(folder) as temporary:
        for step in steps:
            for name in entries[step]["files"]:
                copy = temporary / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(study.file(name).read_bytes())
        description = {
            **{key: study.manifest[key] for key in ("format", "kind", "seed")},
            "title": title,
            "images": images,
            "shape": list(study.images.shape[1:]),
            "splits": _splits_hash(study),
            "steps": entries,
        }
        write_json(temporary / MANIFEST, description)


def restore(study: Study, folder: Path) -> None:
    """Give an imported study what was packed in `folder`.

    When the study holds the very images and splits the model was trained on, all packed steps
    are taken over; otherwise only the model, and the later steps are left to be run. The study
    remembers where its model came from, see `Study.foreign_model`.

    Raises:
        CaeError: the pretrained model is damaged, or another process works on the study.
    """
    described = _packed(folder / MANIFEST)
    entries = described["steps"]
    can_sharpen = MAP_STEPS[2] in entries
    packed = [step for step in _ORDER if step in entries and (can_sharpen or step != _SHARPEN)]
    is_same = _is_of(study, described)
    origin = {"name": folder.name, "other_images": not is_same}
    entries[packed[0]]["pretrained"] = origin
    _adopt(study, folder, entries, packed if is_same else packed[:1])


def _adopt(study: Study, folder: Path, entries: dict[str, Any], steps: Sequence[str]) -> None:
    for step in steps:
        for name, file in entries[step]["files"].items():
            path = folder / name
            if not path.is_file() or sha256_file(path) != file["sha256"]:
                raise CaeError(f"{path} is missing or damaged; install CAE Explorer anew.")
    with study.working():
        for step in steps:
            study.adopt(step, entries[step], {n: folder / n for n in entries[step]["files"]})


def local_pretrained_for(study: Study) -> Path | None:
    """Return the folder of the local model that was trained on the study's very images, if any."""
    for manifest in sorted(_LOCAL.glob(f"*/{MANIFEST}")):
        if _is_of(study, _packed(manifest)):
            return manifest.parent
    return None


def install_brain(progress: Progress = silent) -> Study:
    """Return the embedded brain study, made on first use from images and pretrained model.

    Images come from a package that is installed, all else from ``assets/brain``, so that neither
    network nor training is needed. An installation that was cut off goes on, and one that another
    process is at is waited for. What somebody has trained on these images, or is training, stays.

    Raises:
        CaeError: the pretrained model or the study is damaged.
    """
    from cae.sources import parse
    from cae.study.steps import complete, import_or_open

    folder = studies_folder() / BRAIN
    study = import_or_open(parse(BRAIN), folder, progress=progress, patience=_PATIENCE)
    if study.is_done("cluster"):
        return study
    with making(folder, _PATIENCE):
        study.refresh()
        local = local_pretrained_for(study)
        if local and not _is_begun(study, "local"):
            restore(study, local)
        if not _is_begun(study, "train"):
            restore(study, ASSETS / BRAIN)
        if not study.is_done("cluster"):
            complete(study, progress=progress)
    return study


def _is_begun(study: Study, step: str) -> bool:
    """Whether somebody has run `step`, or runs it; a model half taken over does not count."""
    unfinished = study.unfinished(step)
    return study.is_done(step) or (unfinished is not None and not unfinished.get("adopted"))


def _without_place(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what is noted of a run without where its files lie."""
    return {key: value for key, value in entry.items() if key != "at"}


def _is_of(study: Study, described: dict[str, Any]) -> bool:
    """Whether a pretrained model was made from the study's images and splits."""
    same_pixels = _pixels_digest(described["steps"]) == study.pixels_digest
    return same_pixels and described["splits"] == _splits_hash(study)


def _pixels_digest(entries: dict[str, Any]) -> str:
    digest: str = entries["import"]["files"]["images.npy"]["sha256"]
    return digest


def _splits_hash(study: Study) -> str:
    splits = "\n".join(study.samples["split"].astype(str))
    return hashlib.sha256(splits.encode()).hexdigest()


def _packed(manifest: Path) -> dict[str, Any]:
    return read_document(manifest, PackedManifest)


def _described(manifest: Path) -> PretrainedModel:
    described = _packed(manifest)
    height, width, channels = described["shape"]
    return PretrainedModel(
        manifest.parent, described["title"], described["images"], (height, width, channels)
    )


def _size(shape: tuple[int, ...]) -> str:
    height, width, channels = shape
    return f"{width}×{height} px, {'grey' if channels == 1 else 'RGB'}"
