"""A source of NIfTI: slices or patches of volumes, with masks and a table by participant."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.imageset import ImageSet, Origin
from cae.progress import Progress, silent
from cae.sources.choices import NONE, Choices
from cae.sources.depth import window_columns, window_notes
from cae.sources.description import Description
from cae.sources.file_table import leaks
from cae.sources.kind import kind_of
from cae.sources.known import known_set
from cae.sources.nifti.cutting import Cutting, split_argument
from cae.sources.nifti.names import (
    contrast,
    entity,
    groups,
    is_nifti,
    mask_kind,
    masks_of,
    patients,
)
from cae.sources.nifti.participants import find_participants
from cae.sources.originals import original_table
from cae.sources.places import absolute
from cae.sources.preview import Examples, evenly_spread
from cae.sources.reading import Problems, Reading, problem_table, read_files
from cae.sources.scan import printable
from cae.sources.split_words import folder_splits
from cae.sources.splitting import FOLDER_NAMES, drawn_notes, drawn_origin, fill_splits
from cae.sources.table import base_table, text_column
from cae.sources.unpacked import unpacked
from cae.sources.walk import walk

_WORKER = "cae.sources.nifti.worker"
_SIDECARS = frozenset({".json", ".tsv", ".csv", ".txt", ".md", ".bval", ".bvec", ".rst", ""})
_MOST_MASKS = 8
# Each gives many slices, which are drawn from.
_VOLUMES_SHOWN = 6


@dataclass(frozen=True)
class NiftiSource:
    """Slices of all .nii and .nii.gz volumes in a folder, or in a zip file, or of one file.

    Volumes are turned to point right, anterior and superior, and cut as `cutting` says; slices
    and patches that show nothing are left out. The middle 99 % of a volume's values become 0–255.
    Of several volumes in a file, such as times, the first is used. Subjects and sessions come from
    BIDS names (``sub-01_ses-2_T1w.nii.gz``), patients else from folders that are called after
    them, and what is known of them from ``participants.tsv``.
    Files named like masks (``…_mask``, ``…_seg``, ``…_dseg``, ``…_lesion``, a folder ``labels``)
    are kept as masks of the images beside them; ``…_fraction`` is how much of an image one covers.
    All that is cut from one person, or one volume where no person is known, is in one split.

    Attributes:
        path: a folder, a zip file or a NIfTI file.
        cutting: planes, distance of slices, and patches.
        choices: what a person says about ``participants.tsv``; ``image`` is the column that names
            the subjects.
        size: side of the images, pixels; by default the supported size nearest to the median of
            the slices' longer sides.
    """

    path: Path
    cutting: Cutting = Cutting()
    choices: Choices = Choices()
    size: int | None = None

    @classmethod
    def from_argument(cls, argument: str) -> "NiftiSource":
        """Return the source that ``nifti:PATH[,PLANE][,Nmm][,patchN]`` names.

        PLANE is axial, coronal, sagittal or all; slices are N mm apart, 0mm takes all; patches
        are squares of N pixels.
        """
        path, cutting = split_argument(argument)
        if not path:
            raise CaeError(
                "The source 'nifti' lacks a folder or file; write "
                "nifti:PATH[,axial|coronal|sagittal|all][,Nmm][,patchN]."
            )
        return cls(absolute(path), cutting)

    @property
    def spec(self) -> str:
        """The text that names this source."""
        return ",".join([f"nifti:{self.path}", *self.cutting.words])

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        """Cut all volumes, and keep `limit` images drawn with `seed` where there are more.

        Raises:
            CaeError: there is nothing at the path, or not a single image can be used.
        """
        with unpacked(self.path, progress) as path:
            found = walk(path)
            volumes = [file for file in found.files if is_nifti(file)]
            images, kinds, problems = _paired(volumes)
            problems = [*found.problems, *_others(found.files), *problems]
            asked = [
                (
                    file,
                    {
                        "cutting": self.cutting.as_json(),
                        "masks": [mask and str(found.folder / mask) for mask in masks],
                    },
                )
                for file, masks in images.items()
            ]
            participants = find_participants(found.folder, found.files, self.choices)
            if participants is None and self.choices.need_a_table:
                raise CaeError(
                    f"{self.path} has no participants.tsv that names subjects; leave out the "
                    "choices of columns, or add the table."
                )
            reading = read_files(
                _WORKER,
                found.folder,
                asked,
                len(kinds),
                progress,
                limit,
                seed,
                scratch,
                self.size,
            )
        problems += reading.problems
        if not reading.files:
            raise CaeError(_nothing(self.path, images, problems))
        people = patients(list(images))
        subjects = text_column([people[file] for file in reading.files])
        sessions = text_column([entity(file, "ses") for file in reading.files])
        known = (
            participants.describe(subjects, sessions) if participants else _undescribed(subjects)
        )
        together = groups(list(images))
        shown = window_columns(reading.windows, known.table.columns)
        table, identifying, origins, notes = _table(
            reading, kinds, known, [together[file] for file in reading.files], self.choices
        )
        name = self.path.name.split(".")[0] if self.path.is_file() else found.folder.name
        kind, seen = kind_of(reading.images, known_set(name).kind)
        return ImageSet(
            images=reading.images,
            table=table.assign(**shown),
            name=name,
            kind=kind,
            masks=reading.masks if kinds else None,
            mask_names=kinds,
            identifying=identifying,
            problems=problem_table([*problems, *known.problems, *leaks(table)]),
            notes=(*map(printable, known.notes), *notes, *window_notes(shown), *seen),
            origins=origins,
            originals=original_table(reading.files, reading.notes),
        )

    def example_files(self, count: int) -> list[Path]:
        """Return `count` of a folder's volumes, or all, evenly spread; no masks.

        Raises:
            CaeError: there is no volume at the path.
        """
        found = walk(self.path.expanduser())
        images, _, problems = _paired([file for file in found.files if is_nifti(file)])
        if not images:
            raise CaeError(_nothing(self.path, images, problems))
        return [found.folder / file for file in evenly_spread(list(images), count)]

    def examples(self, count: int) -> Examples:
        """Cut up to `count` images from a few volumes of a folder, as an import would show them.

        Raises:
            CaeError: there is no volume at the path, or not a single image can be used.
        """
        folder = walk(self.path.expanduser()).folder
        files = [str(f.relative_to(folder)) for f in self.example_files(min(count, _VOLUMES_SHOWN))]
        more = {"cutting": self.cutting.as_json(), "masks": []}
        reading = read_files(
            _WORKER, folder, [(file, more) for file in files], limit=count, size=self.size
        )
        if not reading.files:
            raise CaeError(_nothing(self.path, dict.fromkeys(files, []), reading.problems))
        return Examples(
            tuple(printable(PurePosixPath(file).name) for file in reading.files), reading.images
        )


def _paired(
    volumes: Sequence[str],
) -> tuple[dict[str, list[str | None]], tuple[str, ...], Problems]:
    """Return for every image one mask, or none, of each kind, the kinds, and what fits nothing."""
    masks, lonely = masks_of(volumes)
    problems = [(mask, "it is a mask without an image") for mask in lonely]
    found = {mask_kind(mask): None for several in masks.values() for mask in several}
    kinds = tuple(sorted(filter(None, found)))[:_MOST_MASKS]
    pairs: dict[str, list[str | None]] = {}
    for image, several in masks.items():
        of_kind: dict[str | None, str] = {}
        for mask in several:
            if mask_kind(mask) not in kinds or mask_kind(mask) in of_kind:
                problems.append((mask, f"it is one mask too many of {PurePosixPath(image).name}"))
            else:
                of_kind[mask_kind(mask)] = mask
        pairs[image] = [of_kind.get(kind) for kind in kinds]
    return pairs, kinds, problems


def _others(files: Sequence[str]) -> Problems:
    return [
        (file, "it is no NIfTI file")
        for file in files
        if not is_nifti(file) and PurePosixPath(file).suffix.casefold() not in _SIDECARS
    ]


def _nothing(path: Path, images: dict[str, list[str | None]], problems: Problems) -> str:
    if not images:
        return f"{path} holds no NIfTI images (.nii, .nii.gz); choose another folder."
    reasons = {file: reason for file, reason in problems if file in images}
    file, reason = next(iter(reasons.items()), (next(iter(images)), "its slices show nothing"))
    return (
        f"None of the {len(images)} images in {path} can be used; of {printable(file)}: {reason}."
    )


def _undescribed(subjects: pd.Series) -> Description:
    """Return what is known without a table: whose image it is."""
    unknown = text_column([None] * len(subjects))
    table = pd.DataFrame({"split": unknown, "label": unknown, "patient": subjects})
    named = subjects.dropna()
    if named.empty:
        return Description(table, (), [])
    is_bids = named.str.startswith("sub-").any()
    origins = {"patient": Origin(how="names of files" if is_bids else FOLDER_NAMES)}
    return Description(table, (), [], origins=origins)


def _table(
    reading: Reading,
    kinds: Sequence[str],
    description: Description,
    together: Sequence[str],
    choices: Choices,
) -> tuple[pd.DataFrame, tuple[str, ...], dict[str, Origin], list[str]]:
    """Return the table, its identifying columns, where columns are from, and what was drawn.

    Images whose patient is not known stay in one split where `together` has one text for them.
    """
    files, known = reading.files, description.table
    presumed = "group " + pd.Series(together, dtype="str")
    given = known["split"]
    origins = dict(description.origins)
    if choices.split != NONE:
        by_folder = text_column(folder_splits(files))
        if given.isna().all() and by_folder.notna().any():
            origins["split"] = Origin(how=FOLDER_NAMES)
        given = given.fillna(by_folder)
    splits = fill_splits(given, ("patient " + known["patient"]).fillna(presumed))
    ids = [f"{number:06d}" for number in range(1, len(files) + 1)]
    table = base_table(ids, splits, known["label"], known["patient"])
    table["file"] = text_column(files)
    table["session"] = text_column([entity(file, "ses") for file in files])
    table["contrast"] = text_column([contrast(file) for file in files])
    for name in ("plane", "slice", "x_mm", "y_mm", "z_mm"):
        table[name] = pd.Series([row[name] for row in reading.rows])
    for number, kind in enumerate(kinds):
        covered = [row["covered"][number] for row in reading.rows]
        table[f"{kind}_fraction"] = pd.Series(covered, dtype=np.float64)
    empty = [name for name in ("session", "contrast") if table[name].isna().all()]
    further = known.drop(columns=["split", "label", "patient"])
    names = {str(name): f"{name} (table)" for name in further if name in table}
    origins |= {kept: origins.pop(name, Origin((name,))) for name, kept in names.items()}
    if origin := drawn_origin(given, origins.get("split")):
        origins["split"] = origin
    identifying = (names.get(name, name) for name in description.identifying)
    table = table.drop(columns=empty).join(further.rename(columns=names))
    notes = drawn_notes(given, choices)
    return table, ("patient", "file", *identifying), origins, notes
