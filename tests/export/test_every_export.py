"""What holds for everything that leaves, whatever it is."""

import errno
import inspect
import io
import json
import os
import pkgutil
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

import cae.export
from cae.cohorts import survival, table_one
from cae.cohorts.groups import Group
from cae.cohorts.selection import Selection
from cae.decoding.decoded_path import decode_path, walk_direction
from cae.decoding.decoded_sample import cluster_members, decode_samples
from cae.decoding.locate import locate
from cae.decoding.outline import Agreement, LearntOutlines
from cae.decoding.rendering import LIKELY, Rendering
from cae.decoding.replay import attrition_on
from cae.decoding.spread import Spread, deviation_map
from cae.errors import CaeError
from cae.export import cohort, flow_file, landmarks, masks, path, samples, spread
from cae.export.archive import Entry
from cae.export.cohort import CohortExport
from cae.export.dicom import export_dicom
from cae.export.exporter import Exporter
from cae.export.formats import FORMATS
from cae.export.outlines import export_outlines
from cae.export.provenance import study_digests
from cae.export.survival import FILE_STEM as SURVIVAL_STEM
from cae.export.survival import export_survival
from cae.export.table_one import FILE_STEM as TABLE_ONE_STEM
from cae.export.table_one import export_table_one
from cae.home import studies_folder
from cae.latent.direction import Direction
from cae.local.network import LocalNetwork, LocalNetworkSettings
from cae.local.transfer import Segmenter, TransferSettings
from cae.storage import write_json
from cae.study.study import Study
from tests.conftest import add_local_model

# One of every shape: two words, an accent that has two encodings, a file's name, a number, a day.
NAMES = ["Quentin Zapf", "Zoë-Ångström", "IKRZ^OLGA", "88104217", "1931-05-07"]
# As they may stand elsewhere: other capitals, signs between the words, the accents' parts.
QUOTES = [
    *("seen with quentin ZAPF, left", unicodedata.normalize("NFD", "Zoë-Ångström (left)")),
    *("ikrz_olga.png", "no. 88104217!", "born 1931-05-07"),
]
SECRETS = ("zapf", "angstrom", "ikrz", "88104217", "1931-05-07", "/home/ann", "secret.csv")
ROWS = np.arange(0, 40, 7)
COMMON = {
    *("format", "app", "version", "kind", "images", "columns_exported"),
    *("columns_left_out", "burned_in_text", "study", "steps"),
}


class Kind(NamedTuple):
    """A way to export: who writes, what (made from a study), under which name, and its stem."""

    export: Exporter[Any]
    make: Callable[[Study], Any]
    out: str
    stem: Callable[[Study, Any], str]


def made_cohort(study: Study) -> Any:
    event = {
        "kind": "filter",
        "column": "site",
        "values": [QUOTES[0]],
        "filters": {"patient": {"values": NAMES}, "site": {"values": QUOTES}, QUOTES[2]: 1},
        "query": f"site contains '{NAMES[0]}'",
        "file": "/home/ann/secret.csv",
    }
    selection = Selection.empty().combine(ROWS, "replace", event)
    return study.cohorts.save(
        f"cohort of {NAMES[0]}", selection, QUOTES[4], filters=event, **study_digests(study)
    )


def made_cohort_export(study: Study, name: str = "") -> Any:
    """What divides images divides those of a patient by the study's splits, so it needs folds."""
    return CohortExport(made_cohort(study), (name,) if name else (), folds=2 if name else 0)


def made_samples(study: Study) -> Any:
    like = {"kind": "selection", "history": list(made_cohort(study).history)}
    return decode_samples(study, cluster_members(study, 3), like, 3, seed=7)


def made_path(study: Study) -> Any:
    facts = {"kind": "difference", "groups": QUOTES, "column": "site", "value": QUOTES[2]}
    direction = Direction(QUOTES[0], np.asarray(study.latents[7]), facts)
    return decode_path(study, walk_direction(study, 3, direction))


def made_spread(study: Study) -> Any:
    """Real images stand for the likely ones, as these need a training."""
    images = np.asarray(study.images[3:6])
    renderings = tuple(Rendering(LIKELY, seed) for seed in (4, 5, 6))
    return Spread(study.images[2], images, renderings, deviation_map(images))


def made_outlines(study: Study) -> Any:
    """A network that learnt nothing, of a structure with a telling name."""
    network = LocalNetwork(LocalNetworkSettings(study.images.shape[3], 4, regions=2))
    found = Agreement(0.5, 0.4, 0.6, 3)
    return LearntOutlines(
        *(Segmenter(network, 1), (QUOTES[1],), ROWS, 0, ROWS, (found,)),
        *(TransferSettings(), "random weights"),
    )


def made_table_one(study: Study) -> Any:
    """Table 1 of a study; its statistics take seconds and are made once for the same images."""
    if study.digest("import") not in TABLES:
        TABLES[study.digest("import")] = _table_one(study)
    return TABLES[study.digest("import")]


def _table_one(study: Study) -> Any:
    saved = made_cohort(study)
    steps = (("lasso", 9), ("box", 4))
    named = Group(QUOTES[1], saved.rows, "cohort", steps=steps, history=saved.history)
    return table_one(study, [named, "rest"], unit="image")


def made_flow(study: Study) -> Any:
    return [(QUOTES[1], attrition_on(study, made_cohort(study).history))]


def made_survival(study: Study) -> Any:
    random = np.random.default_rng(0)
    rows = np.isin(np.arange(len(study)), made_cohort(study).rows)
    named = Group(QUOTES[1], np.flatnonzero(rows), "cohort", steps=(("lasso", 9), ("box", 4)))
    table = study.table.assign(dead=random.integers(0, 2, len(study)))
    return survival(table, [named, "rest"], "ink", "dead", unit="image")


TABLES: dict[str, Any] = {}
KINDS = {
    "cohort": Kind(cohort.export_cohort, made_cohort_export, "out.zip", cohort.file_stem),
    "cohort folder": Kind(cohort.export_cohort, made_cohort_export, "out", cohort.file_stem),
    **{
        f"cohort for {name}": Kind(
            cohort.export_cohort, partial(made_cohort_export, name=name), "out", cohort.file_stem
        )
        for name in FORMATS
    },
    "samples": Kind(samples.export_samples, made_samples, "out.zip", samples.file_stem),
    "path": Kind(path.export_path, made_path, "synthetic.zip", path.file_stem),
    "gif": Kind(path.export_gif, made_path, "synthetic.gif", path.file_stem),
    "webp": Kind(path.export_webp, made_path, "synthetic.webp", path.file_stem),
    "mp4": Kind(path.export_mp4, made_path, "synthetic.mp4", path.file_stem),
    "path page": Kind(path.export_sheet, made_path, "synthetic.pdf", path.file_stem),
    "samples page": Kind(
        samples.export_samples_sheet, made_samples, "synthetic.pdf", samples.file_stem
    ),
    "spread page": Kind(spread.export_spread_sheet, made_spread, "synthetic.pdf", spread.file_stem),
    "spread": Kind(spread.export_spread, made_spread, "synthetic.png", spread.file_stem),
    "dicom samples": Kind(export_dicom, made_samples, "synthetic.zip", samples.file_stem),
    "dicom path": Kind(export_dicom, made_path, "synthetic", path.file_stem),
    "masks": Kind(
        masks.export_masks, lambda _: ROWS, "out.zip", lambda s, _: masks.file_stem(s, QUOTES[1])
    ),
    "outlines": Kind(export_outlines, made_outlines, "out.zip", lambda study, _: "outlines"),
    "landmarks": Kind(
        landmarks.export_landmarks,
        lambda study: locate(study, 2, 10, 11, ROWS),
        "out.csv",
        landmarks.file_stem,
    ),
    **{
        f"table one {ending}": Kind(
            export_table_one, made_table_one, f"out.{ending}", lambda *_: TABLE_ONE_STEM
        )
        for ending in ("csv", "html", "tex", "docx")
    },
    **{
        f"flow {ending}": Kind(
            flow_file.export_flow, made_flow, f"out.{ending}", lambda *_: flow_file.FILE_STEM
        )
        for ending in ("svg", "pdf", "csv")
    },
    **{
        f"survival {ending}": Kind(
            export_survival, made_survival, f"out.{ending}", lambda *_: SURVIVAL_STEM
        )
        for ending in ("csv", "svg")
    },
}


ANIMATIONS = (path.export_gif, path.export_webp, path.export_mp4)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def telling_study(digits_study_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that says who its patients are wherever it can; never handed out, only copied."""
    folder = tmp_path_factory.mktemp("telling") / "digits"
    base = Study.open(shutil.copytree(digits_study_base, folder))
    add_local_model(base)
    table = base.samples
    table["patient"] = pd.Series(np.resize(NAMES[:3], len(table)))
    table["record"] = np.resize([float(NAMES[3]), np.nan], len(table))
    table["born"] = pd.Timestamp(NAMES[4])
    table["id"] = [f"{QUOTES[2]} {row}" if row % 2 else f"scan {row}" for row in range(len(table))]
    table["site"] = pd.Categorical(np.resize([*QUOTES, "left", None], len(table)))
    table["label"] = np.resize(["tumour", "Zoë-Ångström", None], len(table))
    table.to_parquet(base.path / "samples.parquet")
    manifest = base.manifest
    manifest |= {
        "name": f"scans of {NAMES[0]}",
        "source": "folder:/home/ann/scans,secret.csv",
        "credit": f"by permission of {NAMES[1]}",
        "identifying": ["patient", "record", "born"],
    }
    steps = manifest["steps"]
    steps["import"]["parameters"]["source"] = "folder:/home/ann/scans,secret.csv"
    steps["local"]["parameters"]["shape"] = "/home/ann/masks"
    steps["train"]["parameters"]["note"] = {"of": QUOTES}
    steps["train"]["pretrained"] = {"name": QUOTES[1], "from": "/home/ann/model"}
    write_json(base.path / "study.json", manifest)
    return base.path


@pytest.fixture
def study(telling_study: Path, tmp_path: Path) -> Study:
    return Study.open(shutil.copytree(telling_study, tmp_path / "digits"))


def files(out: Path) -> dict[str, bytes]:
    """Every file that was written for `out`, as a receiver unpacks it; its name by what it is."""
    if out.is_dir():
        return {
            file.relative_to(out).as_posix(): file.read_bytes()
            for file in out.rglob("*")
            if file.is_file()
        }
    if out.suffix == ".zip":
        with zipfile.ZipFile(out) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    return {file.name: file.read_bytes() for file in out.parent.iterdir()}


def texts(name: str, content: bytes) -> Iterator[str]:
    """Yield all text in a file that leaves: its name, its bytes, and what pictures carry."""
    yield name
    yield content.decode("latin-1")
    yield content.decode("utf-8", "ignore")
    if name.endswith((".json", ".csv", ".tsv", ".txt", ".svg")):
        yield content.decode("utf-8")
    if name.endswith(".json"):
        yield json.dumps(json.loads(content), ensure_ascii=False)
    if name.endswith(".parquet"):
        yield pq.read_table(io.BytesIO(content)).to_pandas().to_csv()
        yield str(pq.read_schema(io.BytesIO(content)))
    if name.endswith(".docx"):
        with zipfile.ZipFile(io.BytesIO(content)) as document:
            yield from (
                document.read(part).decode("utf-8", "ignore") for part in document.namelist()
            )
    if name.endswith((".png", ".gif", ".webp")):
        picture = Image.open(io.BytesIO(content))
        for text in (*picture.info.values(), *picture.getexif().values()):
            told = text.decode("latin-1") if isinstance(text, bytes) else str(text)
            yield told
            # What JSON escapes, once or twice, is as readable to others.
            yield re.sub(r"\\+u([0-9a-f]{4})", lambda hit: chr(int(hit[1], 16)), told)


def plain(text: str) -> str:
    """Return a text without capitals and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def provenance(found: dict[str, bytes]) -> dict[str, Any]:
    for name, content in found.items():
        if name.endswith("provenance.json"):
            return json.loads(content)
        if name.endswith(".png") and len(found) == 1:
            text = Image.open(io.BytesIO(content)).text
            return {key: _value(field) for key, field in text.items()}
        if name.endswith((".gif", ".webp")) and len(found) == 1:
            picture = Image.open(io.BytesIO(content))
            fields = json.loads(picture.info.get("comment") or picture.getexif()[0x010E])
            return {key: _value(field) for key, field in fields.items()}
        if name.endswith(".mp4"):
            with av.open(io.BytesIO(content)) as film:
                fields = json.loads(film.metadata["comment"])
            return {key: _value(field) for key, field in fields.items()}
        if name.endswith(".pdf") and len(found) == 1:
            return json.loads(attached(content))
    raise AssertionError("no provenance goes with the export")


def attached(content: bytes) -> bytes:
    """The JSON file that is attached to a PDF without compression."""
    start = content.index(b"stream\n{") + len(b"stream\n")
    return content[start : content.index(b"\nendstream", start)]


def _value(field: str) -> Any:
    try:
        return json.loads(field)
    except ValueError:
        return field


def out_of(kind: Kind, folder: Path) -> Path:
    folder.mkdir()
    return folder / kind.out


def leaked(found: dict[str, bytes]) -> list[tuple[str, str]]:
    return [
        (name, secret)
        for name, content in found.items()
        for text in map(plain, texts(name, content))
        for secret in SECRETS
        if secret in text
    ]


def test_all_exporters_are_here_and_have_one_signature():
    names = [module.name for module in pkgutil.iter_modules(cae.export.__path__)]
    modules = [import_module(f"cae.export.{name}") for name in names]
    exporters = {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("export_") and function.__module__ == module.__name__
    }
    assert exporters == {kind.export for kind in KINDS.values()}
    wanted = list(inspect.signature(Exporter.__call__).parameters.values())[1:]
    for exporter in exporters:
        found = list(inspect.signature(exporter).parameters.values())
        assert [one.name for one in found[:3:2]] == ["study", "out"]
        assert [one.default for one in found] == [one.default for one in wanted]
        assert [one.name for one in found[3:]] == [one.name for one in wanted[3:]]
        assert {one.kind for one in found[3:]} == {inspect.Parameter.KEYWORD_ONLY}


def test_nothing_identifying_leaves_unless_asked_for(kind, study, tmp_path):
    what = kind.make(study)
    found = files(kind.export(study, what, out_of(kind, tmp_path / "unasked")))
    assert leaked(found) == []
    assert not [secret for secret in SECRETS if secret in plain(kind.stem(study, what))]
    told = provenance(found)
    assert told["columns_left_out"] == ["patient", "record", "born"]
    assert not set(told["columns_exported"]) & set(told["columns_left_out"])
    assert told["burned_in_text"] == "text that is burned into images is not removed"
    if "README.txt" in found:
        privacy = " ".join(found["README.txt"].decode().split("Privacy")[1].split())
        assert "left out, as they may tell who a patient is: patient, record, born." in privacy
        assert "text that is burned into images is not removed" in privacy
        assert all(name in privacy for name in told["columns_exported"])
    salt = (studies_folder() / ".pseudonyms-salt").read_bytes() if "cohort" in told else b""
    assert not [name for name, content in found.items() if salt and salt in content]
    # The planted values do leave where they are asked for, so the search above can find them.
    out = out_of(kind, tmp_path / "asked")
    asked = files(kind.export(study, what, out, identifying=True))
    assert provenance(asked)["columns_left_out"] == []
    assert {"zapf", "/home/ann", "ikrz"} <= {secret for _, secret in leaked(asked)}


def test_a_cohort_can_still_be_split_by_patient(study, tmp_path):
    what = made_cohort_export(study)
    tables = []
    for out in (tmp_path / "one", tmp_path / "two"):
        cohort.export_cohort(study, what, out)
        tables.append(pd.read_csv(out / "images.csv"))
    patients = study.samples["patient"].iloc[ROWS].tolist()
    for table in tables:
        pairs = set(zip(patients, table["patient_pseudonym"], strict=True))
        assert len(pairs) == len(set(patients)) == table["patient_pseudonym"].nunique()
    assert tables[0].equals(tables[1])
    told = json.loads((tmp_path / "one" / "provenance.json").read_text())
    assert "patient_pseudonym" in told["columns_exported"]
    cohort.export_cohort(study, what, tmp_path / "asked", identifying=True)
    asked = pd.read_csv(tmp_path / "asked" / "images.csv")
    assert asked["patient"].tolist() == patients
    assert "patient_pseudonym" not in asked


def test_identifying_ids_leave_in_no_export(kind, study, tmp_path):
    study.manifest["identifying"].append("id")
    found = files(kind.export(study, kind.make(study), out_of(kind, tmp_path / "out")))
    assert leaked(found) == []
    told = provenance(found)
    assert "id" in told["columns_left_out"]
    assert "id" not in told["columns_exported"]
    assert not [name for name, content in found.items() if re.search(rb"scan.\d", content)]
    assert not [name for name in found if re.search(r"scan.\d", name)]


def test_provenance_is_laid_out_alike(kind, study, tmp_path):
    told = provenance(files(kind.export(study, kind.make(study), out_of(kind, tmp_path / "out"))))
    single = kind.export in (*ANIMATIONS, spread.export_spread)
    marks = {"Synthetic", "Software"} if single else set()
    assert set(told) - marks == COMMON | {told["kind"]}
    kinds = ("cohort", "samples", "path", "spread", "dicom", "masks", "landmarks", "outlines")
    kinds += ("table_one", "survival", "flow")
    assert told["kind"] in kinds
    assert told["study"]["model_hash"] == study.digest("train")
    assert told["study"]["images_hash"] == study.digest("import")
    assert set(told["steps"]) == set(study.manifest["steps"])
    assert told["steps"]["train"]["sha256"]["model/model.safetensors"]
    decoded = 3 if kind.make is made_samples else 13
    pictures = {
        "cohort": (6, 0),
        "dicom": (0, decoded),
        "samples": (0, 3),
        "path": (1, 13),
        "spread": (0, 4),
    }
    real, synthetic = pictures.get(told["kind"], (0, 0))
    real = 0 if single else real
    assert (told["images"]["real"], told["images"]["synthetic"]) == (real, synthetic)


def test_two_exports_are_byte_identical(kind, study, tmp_path):
    what = kind.make(study)
    made = []
    for number in range(2):
        made.append(kind.export(study, what, out_of(kind, tmp_path / str(number))))
        # Times of files are kept to two seconds in zips; none may be in them.
        os.utime(study.path / "images.npy", (number * 1e8, number * 1e8))
    assert files(made[0]) == files(made[1])
    assert made[0].is_dir() or made[0].read_bytes() == made[1].read_bytes()


FAILURES = [
    (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), CaeError, "The disk is full.*make room"),
    (OSError(errno.EACCES, os.strerror(errno.EACCES)), CaeError, "Permission denied.*; choose"),
    (KeyboardInterrupt(), KeyboardInterrupt, None),
    (RuntimeError("a fault"), RuntimeError, "a fault"),
]


@pytest.mark.parametrize("exists", [False, True], ids=["new", "replacing"])
def test_an_export_that_fails_leaves_what_was_there(kind, study, tmp_path, monkeypatch, exists):
    out = out_of(kind, tmp_path / "out")
    before = {}
    if exists and out.suffix:
        for file in (out, out.with_name(f"{out.name}.provenance.json")):
            file.write_text("old")
            before[file.name] = b"old"
    what, whole = kind.make(study), Entry.pieces
    for error, expected, words in FAILURES:

        def failing(entry: Entry, error: BaseException = error) -> Iterator[bytes]:
            written = whole(entry)
            yield next(written)
            # The last file but the checksums, or the only one.
            if entry.name.endswith(
                ("provenance.json", ".gif", ".webp", ".mp4", ".pdf", "synthetic.png")
            ):
                raise error
            yield from written

        monkeypatch.setattr(Entry, "pieces", failing)
        with pytest.raises(expected, match=words):
            kind.export(study, what, out)
        assert {file.name: file.read_bytes() for file in out.parent.iterdir()} == before


SLOW = """
import sys
from pathlib import Path
from cae.export.archive import Entry, write_archive

def pieces():
    print("writing", flush=True)
    while True:
        yield b"x" * 65536

def entries():
    yield Entry("first", b"whole")
    yield Entry("second", pieces())

write_archive(Path(sys.argv[1]), entries())
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is that of POSIX")
@pytest.mark.parametrize("name", ["out.zip", "out"])
def test_an_export_that_is_killed_leaves_what_was_there(tmp_path, name):
    out = tmp_path / name
    if out.suffix:
        out.write_text("old")
    command = [sys.executable, "-c", SLOW, str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"writing\n"
        written = time.monotonic() + 20
        while not list(tmp_path.glob(f".{name}.*/*")) and time.monotonic() < written:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert out.read_text() == "old" if out.suffix else not out.exists()
