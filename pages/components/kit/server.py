"""The server that `cae app` starts: the app, how people sign in, and the gate before its files."""

from starlette.middleware import Middleware
from streamlit.starlette import App

from cae.access.configuration import present_access
from cae.app_files import APP_FOLDER
from pages.components.kit.gate import Gate

_access = present_access()

app = App(
    APP_FOLDER / "app.py",
    middleware=[Middleware(Gate)],
    secrets={"auth": _access.sign_in()} if _access else None,
)
