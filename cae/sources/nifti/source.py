"""A source of NIfTI: slices or patches of volumes, with masks and a table by participant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.imageset import ImageSet, Origin
from cae.progress import Progress, silent
from cae.sources.choices import Choices
from cae.sources.depth import window_columns, window_notes
from cae.sources.description import Description
from cae.sources.image_table import image_table, leaks
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
from cae.sources.nifti.participants import Participants, find_participants
from cae.sources.originals import original_table
from cae.sources.places import absolute
from cae.sources.preview import Examples, evenly_spread
from cae.sources.printable import printable
from cae.sources.problems import none_usable
from cae.sources.reading import Asked, Problems, Reading, problem_table, read_files
from cae.sources.splitting import FOLDER_NAMES
from cae.sources.table import text_column
from cae.sources.unpacked import unpacked
from cae.sources.walk import Walk, walk

_WORKER = "cae.sources.nifti.worker"
_SIDECARS = frozenset({".json", ".tsv", ".csv", ".txt", ".md", ".bval", ".bvec", ".rst", ""})
_MOST_MASKS = 8
# Each gives many slices, which are drawn from.
_VOLUMES_SHOWN = 6
# For every image one mask, or none, of each kind.
Pairs = dict[str, list[str | None]]


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
            images, kinds, problems = _paired([file for file in found.files if is_nifti(file)])
            participants = self._participants(found)
            reading = read_files(
                _WORKER,
                found.folder,
                self._asked(found.folder, images),
                len(kinds),
                progress,
                limit,
                seed,
                scratch,
                self.size,
            )
        problems = [*found.problems, *_others(found.files), *problems, *reading.problems]
        if not reading.files:
            raise _nothing(self.path, images, problems)
        known = _described(reading.files, images, participants)
        table, identifying, origins, notes = image_table(
            known,
            _own_columns(reading, kinds),
            _together(reading.files, images),
            self.choices,
            reading.files,
        )
        shown = window_columns(reading.windows, table.columns)
        name = self.path.name.split(".")[0] if self.path.is_file() else found.folder.name
        kind, seen = kind_of(reading.images, known_set(name).kind)
        return ImageSet(
            images=reading.images,
            table=table.assign(**shown),
            name=printable(name),
            kind=kind,
            masks=reading.masks if kinds else None,
            mask_names=kinds,
            identifying=("patient", "file", *identifying),
            problems=problem_table([*problems, *known.problems, *leaks(table)]),
            notes=(*notes, *window_notes(shown), *seen),
            origins=origins,
            originals=original_table(reading.files, reading.notes),
        )

    def _asked(self, folder: Path, images: Pairs) -> list[Asked]:
        cutting = self.cutting.as_json()
        return [
            (file, {"cutting": cutting, "masks": [mask and str(folder / mask) for mask in masks]})
            for file, masks in images.items()
        ]

    def _participants(self, found: Walk) -> Participants | None:
        """Return the table of participants, if there is one.

        Raises:
            CaeError: there is none though something is said about it.
        """
        participants = find_participants(found.folder, found.files, self.choices)
        if participants is None and self.choices.need_a_table:
            raise CaeError(
                f"{self.path} has no participants.tsv that names subjects; leave out the "
                "choices of columns, or add the table."
            )
        return participants

    def example_files(self, count: int) -> list[Path]:
        """Return `count` of a folder's volumes, or all, evenly spread; no masks.

        Raises:
            CaeError: there is no volume at the path.
        """
        found = walk(self.path.expanduser())
        images, _, problems = _paired([file for file in found.files if is_nifti(file)])
        if not images:
            raise _nothing(self.path, images, problems)
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
            raise _nothing(self.path, dict.fromkeys(files, []), reading.problems)
        return Examples(
            tuple(printable(PurePosixPath(file).name) for file in reading.files), reading.images
        )


def _paired(volumes: Sequence[str]) -> tuple[Pairs, tuple[str, ...], Problems]:
    """Return for every image one mask, or none, of each kind, the kinds, and what fits nothing."""
    masks, lonely = masks_of(volumes)
    problems = [(mask, "it is a mask without an image") for mask in lonely]
    found = {mask_kind(mask): None for several in masks.values() for mask in several}
    kinds = tuple(sorted(filter(None, found)))[:_MOST_MASKS]
    pairs: Pairs = {}
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


def _nothing(path: Path, images: Pairs, problems: Problems) -> CaeError:
    if not images:
        return CaeError(f"{path} holds no NIfTI images (.nii, .nii.gz); choose another folder.")
    reasons = (problem for problem in problems if problem[0] in images)
    problem = next(reasons, (next(iter(images)), "its slices show nothing"))
    return none_usable(len(images), "images", path, problem)


def _described(
    files: Sequence[str], images: Iterable[str], participants: Participants | None
) -> Description:
    """Return what is known of whom each of `files`, which are among all `images`, shows."""
    people = patients(list(images))
    subjects = text_column([people[file] for file in files])
    if participants is None:
        return _undescribed(subjects)
    return participants.describe(subjects, text_column([entity(file, "ses") for file in files]))


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


def _together(files: Sequence[str], images: Iterable[str]) -> pd.Series:
    """Return what is to stay in one split where no patient is known."""
    found = groups(list(images))
    return "group " + text_column([found[file] for file in files])


def _own_columns(reading: Reading, kinds: Sequence[str]) -> pd.DataFrame:
    """Return what names and volumes tell of each image, without columns that would be empty."""
    own = pd.DataFrame(
        {
            "file": text_column(reading.files),
            "session": text_column([entity(file, "ses") for file in reading.files]),
            "contrast": text_column([contrast(file) for file in reading.files]),
        }
    )
    for name in ("plane", "slice", "x_mm", "y_mm", "z_mm"):
        own[name] = pd.Series([row[name] for row in reading.rows])
    for number, kind in enumerate(kinds):
        covered = [row["covered"][number] for row in reading.rows]
        own[f"{kind}_fraction"] = pd.Series(covered, dtype=np.float64)
    empty = [name for name in ("session", "contrast") if own[name].isna().all()]
    return own.drop(columns=empty)
