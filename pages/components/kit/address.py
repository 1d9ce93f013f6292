"""The browser's history: its steps are pages, not settings."""

from pages.components.kit.component import Component

_address = Component("kit", "address")


def one_entry_per_page() -> None:
    """Let the browser's *Back* lead to the page before, whatever was set on this one."""
    _address(key="address")
