"""Knows whether the app has run for everything that a page asked it for."""

from weakref import WeakKeyDictionary

from playwright.sync_api import BrowserContext, Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class Runs:
    """Follows the messages between a page and the app.

    What the page shows as its state does not tell: on a busy machine a run begins long after it
    was asked for. Several requests may be answered by one run, so no counts are compared: a run
    that begins after the last request answers it.
    """

    def __init__(self, page: Page) -> None:
        self.are_pending = False
        self.requested = 0
        page.on("websocket", self._follow)

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, message: str | bytes) -> None:
        if isinstance(message, bytes) and BackMsg.FromString(message).HasField("rerun_script"):
            self.are_pending = True
            self.requested += 1

    def _received(self, message: str | bytes) -> None:
        if isinstance(message, bytes) and ForwardMsg.FromString(message).HasField("new_session"):
            self.are_pending = False


_FOLLOWED: WeakKeyDictionary[Page, Runs] = WeakKeyDictionary()

# What unfolds or slides is in its place at once: a press on a thing that moves goes astray.
_AT_ONCE = """
const animate = Element.prototype.animate;
Element.prototype.animate = function (frames, options) {
  const given = typeof options === "object" ? options : {};
  return animate.call(this, frames, { ...given, duration: 0, delay: 0 });
};
addEventListener("DOMContentLoaded", () => {
  const style = document.createElement("style");
  style.textContent = "*, ::before, ::after { transition: none !important }";
  document.head.append(style);
});
"""


def new_page(context: BrowserContext) -> Page:
    """Open an empty page, in which nothing slides and whose runs are followed from the first on."""
    page = context.new_page()
    page.add_init_script(_AT_ONCE)
    _FOLLOWED[page] = Runs(page)
    return page


def are_pending(page: Page) -> bool:
    """Whether a run that a page of `new_page` asked for has not begun yet."""
    return _FOLLOWED[page].are_pending


def requested(page: Page) -> int:
    """How many runs a page of `new_page` has asked for."""
    return _FOLLOWED[page].requested
