"""A button of which only its icon is seen, and whose name is read to those who do not see it."""

from typing import Any

from streamlit.delta_generator import DeltaGenerator


def icon_button(name: str, icon: str, key: str, place: DeltaGenerator, **options: Any) -> bool:
    """Show the button at `place` and return whether it was pressed.

    Args:
        name: what pressing it does, in a few words.
        icon: of Streamlit's, such as ``:material/close:``.
        key: of the button; the style sheet knows it by what is put before it.
        place: where it is shown.
        options: the others of `streamlit.button`.
    """
    return place.button(name, icon=icon, key=f"icon {key}", help=name, **options)
