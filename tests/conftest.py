"""What tests share: a small finished study of real handwritten digits, and the wheel."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from cae.imageset import ImageSet
from cae.storage import write_array, write_table
from cae.study.study import Study

ROOT = Path(__file__).parents[1]
BROWSER = ROOT / "tests/browser"
COUNT = 360
LATENT_SIZE = 16

if TYPE_CHECKING:
    from cae.methods.settings import TrainingSettings
    from tests.together import Together


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file together, as they share what is slow to make.

    No more than two processes drive a browser, each half of the files, and one compiles UMAP.
    """
    from xdist.scheduler import LoadScopeScheduling

    halves = {file.name: place % 2 for place, file in enumerate(sorted(BROWSER.glob("test_*.py")))}

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            folder, _, name = file.rpartition("/")
            if name in ("test_maps.py", "test_project.py"):
                return "UMAP"
            return f"browser {halves[name]}" if folder.endswith("browser") else file

    return ByFile(config, log)


@pytest.fixture(autouse=True)
def _same_numbers_drawn() -> None:
    """Let a test draw the same whichever tests ran before it, where it has no seed of its own."""
    import torch

    torch.manual_seed(0)


@pytest.fixture(scope="session")
def together() -> "Iterator[Together]":
    """Run functions in two processes that train together."""
    from tests.together import running_together

    with running_together() as processes:
        yield processes


def digits_imageset(count: int = COUNT) -> ImageSet:
    """scikit-learn's digits as 28×28 grey images, six patients, two columns of measurements."""
    digits = load_digits()
    small = (digits.images[:count] * (255 / 16)).astype(np.uint8)
    images = np.pad(small.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
    rows = np.arange(count)
    table = pd.DataFrame(
        {
            "id": [f"digit-{row:04d}" for row in rows],
            "split": np.select([rows % 6 == 4, rows % 6 == 5], ["val", "test"], "train"),
            "label": digits.target[:count].astype(str),
            "patient": [f"patient {row % 6}" for row in rows],
            "ink": images.mean(axis=(1, 2)),
            "site": np.where(rows % 7 == 0, None, np.where(rows % 2, "left", "right")),
        }
    )
    return ImageSet(
        images[..., None], table, name="digits", kind="digits", credit="scikit-learn, BSD"
    )


@dataclass(frozen=True)
class MoreDigits:
    """A source of the digits behind the first `known`."""

    known: int
    count: int
    spec: str = "npz:/more/digits.npz"

    def load(self, *_: object) -> ImageSet:
        """Return them; how it is asked for makes no difference."""
        rows = np.arange(self.known, self.known + self.count)
        return digits_imageset(self.known + self.count).take(rows)


def settings_of(method: str = "contrastive", **values: object) -> "TrainingSettings":
    """Settings of a method; of `values`, those that it has."""
    from cae.methods import method_named, new_settings

    names = method_named(method).Settings.names()
    return new_settings(method, **{name: values[name] for name in values if name in names})


def image_methods() -> list[str]:
    """The methods whose models encode and decode whole images."""
    from cae.methods import METHODS, method_named

    return [name for name in METHODS if method_named(name).steps[0] == "train"]


def build_digits_study(path: Path, count: int = COUNT) -> Study:
    """All five steps on digits, each by a quick stand-in."""
    return build_quick_study(path, digits_imageset(count))


def build_quick_study(path: Path, imageset: ImageSet) -> Study:
    """All five steps, each by a quick stand-in: an untrained model, PCA, k-means."""
    import torch

    from cae.methods.contrastive import ContrastiveSettings
    from cae.model import Model

    study = Study.create(path, imageset, source="digits", seed=0)
    pixels = study.images.reshape(len(study), -1) / 255.0
    # These networks take any latent, as the components of pixels are none of an encoder.
    settings = ContrastiveSettings(
        architecture="paper",
        preset="digits",
        latent=LATENT_SIZE,
        width=4,
        epochs=1,
        teacher_weight=0,
    )
    torch.manual_seed(0)
    with study.step("train", settings.to_dict()) as files:
        Model.for_images(study.images, settings).save(files.folder / "model")
        for name in ("model.safetensors", "model.json"):
            files.add(f"model/{name}")
    latents = PCA(LATENT_SIZE, random_state=0).fit_transform(pixels).astype(np.float32)
    with study.step("encode", {"latent": LATENT_SIZE}) as files:
        write_array(files.add("latents.npy"), latents)
    with study.step("project", {"seed": 0}) as files:
        write_array(files.add("projection.npy"), latents[:, :2])
    kmeans = KMeans(8, n_init=3, random_state=0).fit(latents)
    distance = kmeans.transform(latents).min(axis=1)
    score = distance / distance.max()
    clusters = pd.DataFrame(
        {
            "cluster": np.where(score > 0.9, -1, kmeans.labels_).astype(np.int64),
            "probability": np.where(score > 0.9, 0.0, 1 - score),
            "outlier_score": score,
        }
    )
    with study.step("cluster", {"method": "kmeans", "k": 8}) as files:
        write_table(files.add("clusters.parquet"), clusters)
    return Study.open(path)


def add_local_model(study: Study, regions: int = 4) -> None:
    """A local model as it is drawn, and the areas of its regions."""
    import torch

    from cae.local.model import LocalModel
    from cae.local.settings import LocalSettings
    from cae.study.steps import measure_areas

    settings = LocalSettings(width=4, embedding=6, regions=regions, epochs=1)
    torch.manual_seed(0)
    with study.step("local", settings.to_dict()) as files:
        LocalModel.for_images(study.images, settings).save(files.folder / "local")
        for name in ("model.safetensors", "model.json"):
            files.add(f"local/{name}")
    measure_areas(study)


@pytest.fixture(autouse=True, scope="session")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes in the studies of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(autouse=True, scope="module")
def _own_main() -> Iterator[None]:
    """A page that a file ran as `__main__` is not run anew by the processes of the next file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        yield


@pytest.fixture(scope="session")
def digits_study_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once; never handed out, only copied."""
    return build_digits_study(tmp_path_factory.mktemp("base") / "digits").path


@pytest.fixture
def digits_study(digits_study_base: Path, tmp_path: Path) -> Study:
    """A study of 360 digits with every step current, free to be changed by the test."""
    return Study.open(shutil.copytree(digits_study_base, tmp_path / "digits"))


@pytest.fixture
def local_study(digits_study: Study) -> Study:
    """The same with a local model of four regions."""
    add_local_model(digits_study)
    return digits_study


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    subprocess.run([*command, ROOT], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment of its own that holds the wheel and sees what it needs."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(environment)
    paths = {"base": str(environment), "platbase": str(environment)}
    packages = Path(sysconfig.get_path("purelib", "venv", paths))
    programs = Path(sysconfig.get_path("scripts", "venv", paths))
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True)
    return programs


@pytest.fixture
def away(tmp_path: Path) -> tuple[Path, Mapping[str, str]]:
    """A folder far from the checkout, and an environment that does not know of it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return folder, {**kept, "CAE_HOME": str(tmp_path / "home")}
