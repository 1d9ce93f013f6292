"""The app's own components: a module of script, and the markup and style beside it.

Browsers get the modules as they are, from one folder that all components share, so that a
module which two of them import exists once. That folder is a copy of all ``frontend/`` without
the Python beside them. Its name, which is in every address, is a digest of its contents: what
a browser has kept from another version is never taken for this one.
"""

import hashlib
import json
import threading
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from platformdirs import user_cache_path
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from cae.storage import atomic_path
from cae.version import __version__

_COMPONENTS = Path(__file__).parents[1]
_SHARED = "modules"
_ENTRY = "kit/frontend/entry.js"
_registering = threading.Lock()


class Component:
    """A component of the app, which is mounted by calling it.

    ``<room>/frontend/<name>.js`` exports a function by default that is called with what
    Streamlit gives to components; ``<name>.html`` and ``<name>.css`` beside it may be missing.
    """

    def __init__(self, room: str, name: str, style: str | None = None) -> None:
        """Take a component of a room.

        Args:
            room: a folder of ``pages/components``.
            name: of the module in the room's ``frontend``.
            style: of a style sheet there that has another name than the module.
        """
        self._room = room
        self._name = name
        self._style = style or name

    def __call__(self, **mounting: Any) -> Any:
        """Mount the component and return its state; the arguments are Streamlit's."""
        cache = user_cache_path("cae-explorer", appauthor=False) / "frontend"
        name = _registered(cache / publish(cache), f"{self._room}.{self._name}")
        return _mounting(name, self._markup(), self._text("css", self._style))(**mounting)

    def _markup(self) -> str | None:
        """Return the markup, which nobody can press anything in before its module has come."""
        markup = self._text("html", self._name)
        if markup is None:
            return None
        return f'<div class="cae-component" style="display: contents" inert>{markup}</div>'

    def _text(self, kind: str, name: str) -> str | None:
        file = _COMPONENTS / self._room / "frontend" / f"{name}.{kind}"
        return file.read_text("utf-8") if file.is_file() else None


def protocol(room: str, name: str = "protocol") -> dict[str, Any]:
    """Return what a room's Python and its modules have to agree on: ``frontend/<name>.json``."""
    file = _COMPONENTS / room / "frontend" / f"{name}.json"
    agreed: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return agreed


def modules() -> list[Path]:
    """Return what browsers import, relative to ``pages/components``, in order."""
    found = [*_COMPONENTS.glob("*/frontend/*.js"), *_COMPONENTS.glob("*/frontend/*.json")]
    return sorted(file.relative_to(_COMPONENTS) for file in found)


@cache
def publish(folder: Path) -> str:
    """Copy all `modules` into `folder` under their digest as a name, and return the digest.

    A copy that is there already is used as it is.
    """
    contents = {file: (_COMPONENTS / file).read_bytes() for file in modules()}
    digest = hashlib.blake2b(digest_size=8)
    for file, content in contents.items():
        digest.update(f"{file.as_posix()} {len(content)}\n".encode())
        digest.update(content)
    place = folder / digest.hexdigest()
    if not place.is_dir():
        with atomic_path(place) as copy:
            for file, content in contents.items():
                (copy / file).parent.mkdir(parents=True, exist_ok=True)
                (copy / file).write_bytes(content)
    return digest.hexdigest()


def _registered(modules: Path, name: str) -> str:
    """Tell Streamlit where a component's modules lie, and return the name it has there."""
    manager = get_bidi_component_manager()
    prefix = f"cae-{modules.name}"
    with _registering:
        missing = [
            ComponentConfig(part, asset_dir=".")
            for part in (_SHARED, name)
            if manager.get_component_asset_root(f"{prefix}.{part}") is None
        ]
        manifest = ComponentManifest(prefix, __version__, missing)
        manager.register_from_manifest(manifest, modules)
    return f"{prefix}.{name}"


@cache
def _mounting(name: str, html: str | None, css: str | None) -> Any:
    return st.components.v2.component(name, html=html, css=css, js=_ENTRY, isolate_styles=False)
