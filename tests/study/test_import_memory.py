"""How much memory an import takes must not follow the number of images."""

import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

SIDE = 64
FEW, MANY = 2_000, 8_000
# A row of the table, with what is known of a file while it is read; an image alone takes 12 KB.
MOST_PER_IMAGE = 4_000

IMPORT = """
import re, sys
from pathlib import Path

from cae.sources import parse
from cae.study.steps import import_images

most = 0

def look(*told):
    global most
    status = Path("/proc/self/status").read_text()
    most = max(most, int(re.search(r"RssAnon:\\s+(\\d+)", status)[1]))

study = import_images(parse(sys.argv[1]), Path(sys.argv[2]), progress=look)
look()
print(len(study), most)
"""


def write_pngs(folder: Path, count: int) -> str:
    """Write colour images, of which many are read by processes of their own and few are not."""
    random = np.random.default_rng(0)
    folder.mkdir()
    for number in range(count):
        pixels = random.integers(0, 8, (SIDE, SIDE, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:05d}.png", compress_level=1)
    return f"folder:{folder}"


def write_npz(folder: Path, count: int) -> str:
    folder.mkdir()
    images = np.random.default_rng(0).integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)
    np.savez(folder / "images.npz", train_images=images)
    return f"npz:{folder / 'images.npz'}"


def write_nifti(folder: Path, count: int) -> str:
    """Write a volume of which each slice is an image of four times the pixels, in grey."""
    folder.mkdir()
    side = 2 * SIDE
    volume = np.random.default_rng(0).integers(1, 256, (side, side, count), np.uint8)
    nib.save(nib.Nifti1Image(volume, np.eye(4)), folder / "volume.nii")
    return f"nifti:{folder},axial,0mm"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells of anonymous memory")
@pytest.mark.slow
@pytest.mark.parametrize("write", [write_pngs, write_npz, write_nifti])
def test_memory_does_not_follow_the_number_of_images(tmp_path, write) -> None:
    most = {}
    for count in (FEW, MANY):
        source = write(tmp_path / f"{count}", count)
        command = [sys.executable, "-c", IMPORT, source, str(tmp_path / f"study-{count}")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        images, kilobytes = map(int, done.stdout.split())
        assert images == count
        most[count] = kilobytes << 10
    assert most[MANY] - most[FEW] < (MANY - FEW) * MOST_PER_IMAGE
