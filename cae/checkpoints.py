"""Trained models that come with the program, and the study they open with."""

from pathlib import Path

from cae.errors import CaeError
from cae.home import studies_folder
from cae.progress import Progress, silent
from cae.storage import atomic_path, read_json, sha256_file, write_json
from cae.study import MANIFEST, STEPS, Study

ASSETS = Path(__file__).resolve().parents[1] / "assets"
BRAIN = "brain"
CARD = "MODEL_CARD.md"
_COMPUTED = STEPS[1:]


def pack(study: Study, folder: Path) -> None:
    """Write everything computed from a study's images, but no image, to a new `folder`.

    Raises:
        CaeError: a step of the study is not current.
    """
    for step in _COMPUTED:
        study.require(step)
    entries = study.manifest["steps"]
    with atomic_path(folder) as temporary:
        for step in _COMPUTED:
            for name in entries[step]["files"]:
                copy = temporary / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes((study.path / name).read_bytes())
        kept = {key: study.manifest[key] for key in ("format", "name", "kind", "source", "seed")}
        write_json(temporary / MANIFEST, {**kept, "steps": entries})


def restore(study: Study, folder: Path) -> None:
    """Give an imported study what was packed in `folder`.

    When the study holds the very images the checkpoint was made from, all steps are taken over;
    otherwise only the model, and the later steps are left to be run.

    Raises:
        CaeError: the checkpoint is damaged.
    """
    entries = read_json(folder / MANIFEST)["steps"]
    same_images = _images_hash(entries) == _images_hash(study.manifest["steps"])
    for step in _COMPUTED if same_images else _COMPUTED[:1]:
        files = {name: folder / name for name in entries[step]["files"]}
        for name, path in files.items():
            if not path.is_file() or sha256_file(path) != entries[step]["files"][name]["sha256"]:
                raise CaeError(f"{path} is missing or damaged; install CAE Explorer anew.")
        study.adopt(step, entries[step], files)


def install_brain(progress: Progress = silent) -> Study:
    """Return the embedded brain study, made on first use from images and checkpoint.

    Images come from a package that is installed, all else from ``assets/brain``, so that neither
    network nor training is needed. An installation that was cut off goes on.

    Raises:
        CaeError: the checkpoint or the study is damaged.
    """
    from cae.sources import parse
    from cae.steps import complete, import_or_open, pending

    study = import_or_open(parse(BRAIN), studies_folder() / BRAIN, progress=progress)
    if "train" in pending(study):
        restore(study, ASSETS / BRAIN)
    if pending(study):
        complete(study, progress=progress)
    return study


def _images_hash(entries: dict) -> str:
    return entries["import"]["files"]["images.npy"]["sha256"]
