import posixpath
import re
import shutil

import pytest

from pages.components.kit import component

IMPORT = re.compile(r'^(?:import|export)\b[^;]*?from "([^"]+)"', re.MULTILINE)
TYPES = re.compile(r"/\*.*?\*/", re.DOTALL)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The rooms as a folder of their own, which a test may change."""
    folder = tmp_path / "components"
    shutil.copytree(component._COMPONENTS, folder)
    monkeypatch.setattr(component, "_COMPONENTS", folder)
    yield folder
    component.publish.cache_clear()


def test_browsers_get_the_modules_as_they_are_and_nothing_else(tmp_path):
    home = tmp_path / "home"
    folder = home / component.publish(home)
    found = {file.relative_to(folder) for file in folder.rglob("*") if file.is_file()}
    assert found == set(component.modules())
    assert {file.suffix for file in found} == {".js", ".json"}
    for file in found:
        assert (folder / file).read_bytes() == (component._COMPONENTS / file).read_bytes()


def test_the_copy_is_made_once(tmp_path):
    home = tmp_path / "home"
    folder = home / component.publish(home)
    before = folder.stat().st_mtime_ns
    component.publish.cache_clear()
    assert home / component.publish(home) == folder
    assert folder.stat().st_mtime_ns == before


def test_changed_modules_have_another_address(tmp_path, copied):
    home = tmp_path / "home"
    before = component.publish(home)
    with (copied / "kit/frontend/frames.js").open("a") as file:
        file.write("// changed\n")
    component.publish.cache_clear()
    after = component.publish(home)
    assert after != before
    assert (home / before).is_dir()
    assert (home / after).is_dir()


def test_a_renamed_module_has_another_address(tmp_path, copied):
    home = tmp_path / "home"
    before = component.publish(home)
    (copied / "kit/frontend/frames.js").rename(copied / "kit/frontend/frame.js")
    component.publish.cache_clear()
    assert component.publish(home) != before


def test_every_import_names_a_module_that_browsers_get():
    known = {file.as_posix() for file in component.modules()}
    count = 0
    for file in component.modules():
        source = TYPES.sub("", (component._COMPONENTS / file).read_text("utf-8"))
        for address in IMPORT.findall(source):
            assert posixpath.normpath(f"{file.parent.as_posix()}/{address}") in known
            count += 1
    assert count > 50


def test_the_rooms_import_downwards_only():
    for file in component.modules():
        room = file.parts[0]
        source = TYPES.sub("", (component._COMPONENTS / file).read_text("utf-8"))
        for address in IMPORT.findall(source):
            other = posixpath.normpath(f"{file.parent.as_posix()}/{address}").split("/")[0]
            assert other in {room, "kit"}
