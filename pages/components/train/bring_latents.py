"""Vectors of another model in the place of a training: chosen at import, or for a study."""

from collections.abc import Callable

import streamlit as st

from cae.access.roles import Role
from cae.jobs import runs
from cae.latent.scaling import AUTO, SCALINGS
from cae.sources.vectors import SUFFIXES
from cae.study.brought import told
from cae.study.study import Study
from cae.uploads import discarded_on_failure
from pages.components.jobs.job_button import job_button
from pages.components.kit.computer_path import computer_path
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, withheld
from pages.components.train.upload import keep_files

_TITLES = {AUTO: "By the vectors", "unit": "Unit length", "standard": "Standardise", "none": "None"}


def choose_latents(key: str) -> Callable[[], list[str]] | None:
    """Ask for a file of vectors and how to scale them.

    Returns:
        What says so to ``cae build``, once it is called; it keeps what was uploaded. None as long
        as no file is named.
    """
    st.caption(
        "One vector per image, of any model. A Parquet or CSV table names the images in a column "
        "“id”, by id or file name; .npy and .npz without names are in the order of the images."
    )
    upload = st.file_uploader(
        "A file of vectors", type=[one[1:] for one in SUFFIXES], key=f"{key} upload"
    )
    path = computer_path("or its path on this computer", "/home/me/dino.parquet", key=f"{key} path")
    scaling_column, components_column = st.columns(2)
    scaling = scaling_column.selectbox(
        "Scaling",
        list(SCALINGS),
        format_func=_TITLES.__getitem__,
        help=" ".join(f"{_TITLES[name]}: {sentence}" for name, sentence in SCALINGS.items()),
        key=f"{key} scaling",
    )
    components = components_column.number_input(
        "Principal components",
        min_value=2,
        value=None,
        placeholder="all numbers",
        key=f"{key} components",
    )
    options = [f"--scaling={scaling}"]
    options += [] if components is None else [f"--components={components}"]
    if upload is not None:
        return lambda: ["--latents", str(keep_files(upload)[0]), *options]
    if path is None:
        return None
    if not path.is_file():
        st.warning(f"There is no file {plain_markdown(str(path))} on this computer.")
        return None
    return lambda: ["--latents", str(path.resolve()), *options]


def bring_latents(study: Study) -> None:
    """Offer to take vectors of another model for the latents of a study."""
    if study.brought:
        st.text("\n".join([told(study) + ".", study.brought["reason"], *study.brought["notes"]]))
    if not study.is_done("encode"):
        job_button(
            "Describe the images with EfficientNet-Lite0",
            study.path,
            ["embed", str(study.path), "--model", "lite0"],
            help="Features of a network that was trained on photographs (ImageNet), which comes "
            "with the program; a minute instead of a training",
            icon=":material/auto_awesome:",
            key=f"embed {study.path}",
        )
        if study.is_done("local"):
            job_button(
                "Describe the images with the local model",
                study.path,
                ["embed", str(study.path), "--model", "local"],
                help="What the study's own model of pixels says of the patches of an image, as one "
                "vector; then a decoder and a sharp decoder can be trained from these",
                icon=":material/grid_on:",
                key=f"embed local {study.path}",
            )
    chosen = choose_latents(f"latents {study.path}")
    if study.is_done("encode"):
        st.caption(
            "They take the place of the present latents, map and clusters when they are read; "
            "cohorts are kept. To compare both, import the images into another study."
        )
    is_pressed = st.button(
        "Take these latents",
        key=f"take latents {study.path}",
        type="primary" if not study.is_done("encode") else "secondary",
        icon=":material/input:",
        **withheld(Role.EDIT, study.path, disabled=chosen is None),
    )
    if not is_pressed or chosen is None:
        return
    with guard():
        demand(Role.EDIT, study.path)
        options = chosen()
        with discarded_on_failure(" ".join(options)):
            runs.start(study.path, ["build", str(study.path), *options])
        st.rerun()
