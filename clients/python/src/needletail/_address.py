"""Where a server listens."""
from __future__ import annotations

import os
from typing import NamedTuple, Optional

from .errors import InterfaceError

PORT = 7117
ENVIRONMENT = "NEEDLETAIL_URL"


class Address(NamedTuple):
    """A host and port, or the path of a Unix socket."""

    host: str
    port: int
    path: Optional[str] = None

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(text: Optional[str] = None) -> Address:
    """Reads ``needletail://host[:port]``, ``host:port``, ``[::1]:port``, ``host`` or ``unix:PATH``.

    Without a text, ``NEEDLETAIL_URL`` of the environment holds, or else ``127.0.0.1:7117``.
    """
    given = text if text is not None else os.environ.get(ENVIRONMENT, f"127.0.0.1:{PORT}")
    if not isinstance(given, str):
        raise InterfaceError(
            f"an address is text, not of type {type(given).__name__}",
            hint=f"Write 127.0.0.1:{PORT}, [::1]:{PORT}, or unix:PATH.",
        )
    if given.startswith("unix:"):
        path = given[5:]
        path = path[2:] if path.startswith("//") else path
        if path:
            return Address("", 0, path)
        raise _malformed(given, "the path of the socket is missing")
    rest = given[len("needletail://") :] if given.startswith("needletail://") else given
    if "://" in rest:
        raise _malformed(given, "of schemes only needletail:// is known")
    rest = rest[:-1] if rest.endswith("/") else rest
    port = ""
    if rest.startswith("["):
        host, closed, tail = rest[1:].partition("]")
        if not closed or (tail and not tail.startswith(":")):
            raise _malformed(given, "the bracket is not closed, or more than a port follows it")
        port = tail[1:]
    else:
        host, colon, port = rest.rpartition(":")
        if not colon:
            host, port = rest, ""
        if ":" in host:
            raise _malformed(given, "an IPv6 address stands in brackets")
    if not host or "/" in host or "@" in host:
        raise _malformed(given, "the host is missing, or more than a host and a port is given")
    if port and not (port.isascii() and port.isdigit() and int(port) < 65_536):
        raise _malformed(given, "a port is a number from 0 to 65535")
    return Address(host, int(port) if port else PORT)


def _malformed(text: str, reason: str) -> InterfaceError:
    return InterfaceError(
        f"{text!r} is no address: {reason}",
        hint=f"Write 127.0.0.1:{PORT}, [::1]:{PORT}, or unix:PATH.",
    )
