"""A blocking socket that sends lines and receives lines."""
from __future__ import annotations

import select
import socket
import threading
from collections import deque
from typing import Optional

from ._address import Address
from .errors import ConnectionLost

_CHUNK = 1 << 16
_MAX_LINE = 1 << 30
_DONTWAIT = getattr(socket, "MSG_DONTWAIT", 0)


def keep_alive(sock: socket.socket) -> None:
    """Small requests leave at once, and a peer that vanished is noticed in some minutes."""
    if sock.family != getattr(socket, "AF_UNIX", None):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 5)):
        option = getattr(socket, name, None)
        if option is not None and sock.family != getattr(socket, "AF_UNIX", None):
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def open_socket(address: Address, timeout: Optional[float]) -> socket.socket:
    """A connected socket. Errors with ``ConnectionLost``."""
    try:
        if address.path is not None:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                sock.settimeout(timeout)
                sock.connect(address.path)
            except BaseException:
                sock.close()
                raise
        else:
            sock = socket.create_connection((address.host, address.port), timeout)
        keep_alive(sock)
    except OSError as error:
        raise ConnectionLost(
            f"could not connect to {address}: {error}",
            hint="Is the server running? Start it with: needletail serve PATH",
        ) from error
    return sock


def ready(sock: socket.socket, write: bool, timeout: Optional[float]) -> tuple[bool, bool]:
    """Whether ``sock`` can be read, and written, within ``timeout`` seconds."""
    if not hasattr(select, "poll"):
        found = select.select([sock], [sock] if write else [], [], timeout)
        return bool(found[0]), bool(found[1])
    poll = select.poll()
    poll.register(sock, select.POLLIN | (select.POLLOUT if write else 0))
    for _, event in poll.poll(None if timeout is None else max(0, timeout) * 1000):
        return bool(event & ~select.POLLOUT), bool(event & select.POLLOUT)
    return False, False


class Wire:
    """Lines over one socket: received by one thread, sent by that one and others."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._timeout: Optional[float] = -1.0
        self._rest = b""
        self._place = 0
        self._gathered: deque[bytes] = deque()
        self._send_lock = threading.Lock()

    def limit(self, seconds: Optional[float]) -> None:
        """How long one ``receive`` or ``send`` may see nothing move."""
        if seconds != self._timeout:
            self.sock.settimeout(seconds)
            self._timeout = seconds

    def send(self, data: bytes) -> None:
        """Sends whole lines. ``Unsent`` where the peer cannot have them whole."""
        sent = 0
        try:
            with self._send_lock:
                sent = self.sock.send(data)
                while sent < len(data):
                    sent += self.sock.send(memoryview(data)[sent:])
        except OSError as error:
            # Without its line end, a line is still whole to a server that sees the connection end.
            raise Unsent(error, sent < len(data) - 1) from error

    def send_and_gather(self, data: bytes) -> None:
        """Sends whole lines and keeps what arrives meanwhile: no side waits for the other."""
        view = memoryview(data)
        try:
            with self._send_lock:
                while view:
                    try:
                        view = view[self.sock.send(view, _DONTWAIT) :]
                    except BlockingIOError:
                        self._wait_and_gather()
        except OSError as error:
            raise Unsent(error, False) from error

    def _wait_and_gather(self) -> None:
        readable, writable = ready(self.sock, True, self._timeout)
        if not readable and not writable:
            raise TimeoutError("the server takes nothing")
        if readable:
            chunk = self.sock.recv(1 << 18)
            if not chunk:
                raise ConnectionResetError("the server closed the connection")
            self._gathered.append(chunk)

    def _chunk(self, size: int) -> bytes:
        return self._gathered.popleft() if self._gathered else self.sock.recv(size)

    def receive(self) -> bytes:
        """The next line with its end. Raises ``OSError`` or ``EOFError``."""
        end = self._rest.find(b"\n", self._place)
        if end >= 0:
            line = self._rest[self._place : end + 1]
            self._place = end + 1
            return line
        start = self._rest[self._place :]
        self._rest, self._place = b"", 0
        chunk = self._chunk(_CHUNK)
        if not start and chunk.endswith(b"\n") and chunk.find(b"\n") == len(chunk) - 1:
            return chunk
        parts = [start]
        total = len(start)
        while True:
            if not chunk:
                raise EOFError("the server closed the connection")
            end = chunk.find(b"\n")
            if end >= 0:
                parts.append(chunk[: end + 1])
                self._rest, self._place = chunk, end + 1
                return b"".join(parts)
            parts.append(chunk)
            total += len(chunk)
            if total > _MAX_LINE:
                raise EOFError(f"a line of the reply is longer than {_MAX_LINE} bytes")
            chunk = self._chunk(1 << 18)

    def has_input(self) -> bool:
        """Whether something, the end included, waits to be received."""
        if self._place < len(self._rest) or self._gathered:
            return True
        return ready(self.sock, False, 0)[0]

    def close(self) -> None:
        """Closes the socket; the server cancels what runs and rolls back what is open."""
        try:
            self.sock.close()
        except OSError:
            pass


class Unsent(Exception):
    """A line could not be sent; ``surely``: the server cannot have it whole."""

    def __init__(self, error: OSError, surely: bool) -> None:
        super().__init__(str(error))
        self.surely = surely
