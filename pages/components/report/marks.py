"""Planted marks on screen: measured in the background, then shown in a table."""

import streamlit as st

from cae.jobs import runs
from cae.number_text import percent_text
from cae.study.study import Study
from pages.components.jobs.job_button import job_button
from pages.components.report.marks_table import marks_table


def show_marks(study: Study) -> None:
    """Show how many planted marks decoding loses and invents, or a way to measure it."""
    from cae.evaluation.saved import measured_marks

    st.markdown("##### Planted marks")
    figures = measured_marks(study)
    if figures is not None:
        st.html(marks_table(figures))
        st.caption(
            f"Marks planted in {figures['images']} test images, at places drawn at random, which "
            "were then encoded and decoded: bright spots and lines by their width and contrast (of "
            "full scale), and what masks outline, against the image with that painted over. "
            "*Lost*: a detector that knows the mark finds it in the image and not in what is "
            "decoded. *Invented*: it finds none in the image, and one in what is decoded. By "
            f"chance it finds one in {percent_text(figures['false_alarms'])} of real images "
            "without a mark."
        )
        return
    st.write(
        "Does a small finding outlive decoding, and does decoding show findings that are not "
        "there? Spots and lines of known size are planted in test images and looked for again."
    )
    job = runs.status(study.path)
    if job and job.is_active:
        st.caption("What is being measured has to end first.")
        return
    job_button(
        "Measure planted marks too",
        study.path,
        ["evaluate", str(study.path), "--marks"],
        icon=":material/flare:",
    )
