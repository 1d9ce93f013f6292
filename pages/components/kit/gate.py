"""The gate before pictures, downloads and uploads, which do not go through the pages.

Streamlit gives a file that a page shows, or takes one, to whoever knows its address. Behind this
gate that is only whoever the page is shown to.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.runtime import Runtime, get_instance
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryFile
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from cae.access.configuration import present_access, rights_of
from cae.access.identity import vouched_email
from cae.access.roles import Role
from cae.errors import CaeError

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

_MEDIA, _UPLOADS, _FIGURES = "/media/", "/_stcore/upload_file/", "/_stcore/metrics"
# A page that runs anew names its pictures again a moment later.
_TRIES, _PAUSE = 30, 0.1


class Gate:
    """Lets through to `app` what the person who asks may have."""

    def __init__(self, app: _App) -> None:
        self._app = app

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "http" and not await _is_open(scope):
            refusal = PlainTextResponse("Sign in to see this.", 403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


async def _is_open(scope: _Scope) -> bool:
    path: str = scope["path"]
    if not any(part in path for part in (_MEDIA, _UPLOADS, _FIGURES)):
        return True
    try:
        if present_access() is None:
            return True
        email = cookie_email(HTTPConnection(scope).cookies)
        role = rights_of(email).highest
    except CaeError:
        return False
    if email is None or role is None:
        return False
    if _UPLOADS in path:
        session = path.partition(_UPLOADS)[2].partition("/")[0]
        return role >= Role.EDIT and session in _sessions_of(email, get_instance())
    if _MEDIA in path:
        return await _is_shown(path.partition(_MEDIA)[2].partition(".")[0], email)
    return role is Role.ADMIN


def cookie_email(cookies: Mapping[str, str]) -> str | None:
    """Return the e-mail address in the cookie that Streamlit signed; None without a valid one."""

    def part(name: str) -> bytes | None:
        held = cookies.get(name)
        return None if held is None else decode_signed_value(get_cookie_secret(), name, held)

    try:
        told = json.loads(get_cookie_with_chunks(part, USER_COOKIE_NAME) or b"{}")
    except ValueError:
        return None
    return vouched_email(told)


async def _is_shown(file: str, email: str) -> bool:
    """Whether a page of this person shows or offers a file; true as well if there is none."""
    for _ in range(_TRIES):
        runtime = get_instance()
        stored = runtime.media_file_mgr.read_file(file)
        if stored is None:
            return True
        if _holders(file, stored, runtime.media_file_mgr) & _sessions_of(email, runtime):
            return True
        await asyncio.sleep(_PAUSE)
    return False


def _holders(file: str, stored: MemoryFile, files: MediaFileManager) -> set[str]:
    """Return the sessions whose pages show a file, or offer a download that is made when pressed.

    What was made so is known by its name alone: Streamlit does not note whose it is, and tells its
    address, which nobody can guess, only to whoever pressed.
    """
    with files._lock:
        shown = files._files_by_session_and_coord.items()
        holders = {session for session, held in shown if file in held.values()}
        if stored.kind == MediaFileKind.DOWNLOADABLE:
            offers = files._deferred_callables.values()
            holders |= {one["session_id"] for one in offers if one["filename"] == stored.filename}
    return holders


def _sessions_of(email: str, runtime: Runtime) -> set[str]:
    sessions = [info.session for info in runtime._session_mgr.list_active_sessions()]
    return {one.id for one in sessions if one._user_info.get("email") == email}
