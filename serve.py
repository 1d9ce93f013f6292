"""The server that `cae app` starts: the app, how people sign in, and the gate before its files."""

from pathlib import Path

from starlette.middleware import Middleware
from streamlit.starlette import App

from cae.access.configuration import present_access
from pages.components.kit.gate import Gate

_access = present_access()

app = App(
    Path(__file__).with_name("app.py"),
    middleware=[Middleware(Gate)],
    secrets={"auth": _access.sign_in()} if _access else None,
)
