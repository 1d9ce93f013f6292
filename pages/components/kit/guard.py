"""Turns whatever goes wrong on a page into a sentence; the details go to a log file."""

import logging
import logging.handlers
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from platformdirs import user_log_path

from cae.errors import CaeError
from pages.components.kit.cache import cache_resource
from pages.components.kit.plain_markdown import plain_markdown

_LOGGER = "cae.app"


def log_file() -> Path:
    """Return the file that unexpected errors are written to."""
    return user_log_path("cae-explorer", appauthor=False) / "app.log"


@contextmanager
def guard() -> Iterator[None]:
    """Show errors raised inside the block as one sentence, never as a traceback."""
    try:
        yield
    except CaeError as error:
        st.error(plain_markdown(str(error)))
    except Exception:
        _logger().exception("a page failed")
        st.error(
            "Something went wrong on this page. Nothing saved was lost; reload the page to go "
            f"on. What happened is written down in {log_file()}."
        )


@cache_resource(max_entries=1)
def _logger() -> logging.Logger:
    logger = logging.getLogger(_LOGGER)
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(log_file(), maxBytes=1 << 20, backupCount=2)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
    except OSError:
        logger.warning("no log file can be written; errors go to the terminal")
    return logger
