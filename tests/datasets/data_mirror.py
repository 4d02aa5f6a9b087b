"""A mirror on this machine that serves files, or fails in the ways that real ones do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from nbhelpers.datasets import cifar10, mnist

NOWHERE = "http://127.0.0.1:9/"  # the port of the discard service: nobody listens there


def allow_downloads_from_here_only(monkeypatch, folder):
    """Make this the data folder, allow downloads, and no connection but to this machine."""
    connect = socket.socket.connect

    def connect_here(self, address):
        assert address[0] == "127.0.0.1", f"a test asked for {address}"
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("NBHELPERS_DATA", str(folder))
    monkeypatch.delenv("NBHELPERS_OFFLINE", raising=False)
    monkeypatch.setattr(mnist, "MIRRORS", [NOWHERE])
    monkeypatch.setattr(cifar10, "MIRRORS", [NOWHERE])


Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def whole(request: BaseHTTPRequestHandler, content: bytes) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


def cut_off(request: BaseHTTPRequestHandler, content: bytes) -> None:
    """The connection ends after half of what was announced."""
    request.send_response(200)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content[: len(content) // 2])


def altered(request: BaseHTTPRequestHandler, content: bytes) -> None:
    whole(request, content[:-1] + bytes([content[-1] ^ 1]))


def sign_in_page(request: BaseHTTPRequestHandler, content: bytes) -> None:
    """What the network of a hotel or a school answers: 200, and a page in place of the file."""
    whole(request, b"<html>Please sign in</html>")


def not_found(request: BaseHTTPRequestHandler, content: bytes) -> None:
    request.send_error(404)


def no_http(request: BaseHTTPRequestHandler, content: bytes) -> None:
    request.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")


@contextmanager
def mirror(files: dict[str, bytes], answer: Answer = whole) -> Iterator[tuple[str, list[str]]]:
    """Serve the files on 127.0.0.1; gives the address and the list of names asked for so far."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/")
            asked.append(name)
            answer(self, files[name])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
