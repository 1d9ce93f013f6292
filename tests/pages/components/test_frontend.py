"""The tests of the modules that browsers import, by node's own runner."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node in PATH")


def test_the_modules_of_the_components():
    files = sorted(Path(__file__).parent.glob("*/frontend/*.test.js"))
    assert files
    ran = subprocess.run(
        ["node", "--test", *map(str, files)], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stdout[-5_000:] + ran.stderr[-2_000:]
