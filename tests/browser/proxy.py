"""A small reverse proxy: it hands on what is asked for below one path, and refuses all else."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_REFUSAL = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def proxy(port: int, target: int, path: str) -> Iterator[str]:
    """Hand on what reaches `port` below `path` to the port `target`: the address of that path."""
    listening = socket.create_server(("127.0.0.1", port))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                threading.Thread(target=_serve, args=(client, target, path), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://localhost:{port}{path}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _serve(client: socket.socket, target: int, path: str) -> None:
    with contextlib.suppress(OSError), client:
        first = client.recv(1 << 16)
        asked = first.split(b" ", 2)[1:2]
        if not asked or not asked[0].startswith(path.encode()):
            client.sendall(_REFUSAL)
            return
        with socket.create_connection(("127.0.0.1", target)) as server:
            server.sendall(first)
            back = threading.Thread(target=_hand_on, args=(server, client), daemon=True)
            back.start()
            _hand_on(client, server)
            back.join()


def _hand_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while sent := source.recv(1 << 16):
            target.sendall(sent)
        target.shutdown(socket.SHUT_WR)
