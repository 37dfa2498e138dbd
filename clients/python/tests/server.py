"""A real server for tests, and a false one that does what a real one must not."""
from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Callable, Optional

ROOT = Path(__file__).resolve().parents[3]
BINARY = os.environ.get("NEEDLETAIL_BIN", str(ROOT / ".build" / "release" / "needletail"))


class Server:
    """``needletail serve`` on a database of its own, in a new folder of ``place``."""

    def __init__(self, *arguments: str, place: Optional[Path] = None) -> None:
        self.folder = tempfile.mkdtemp(prefix="needletail-", dir=place)
        self.arguments = arguments
        self.address = "127.0.0.1:0"
        self.process: Optional[subprocess.Popen[bytes]] = None
        self.start()

    def start(self) -> None:
        """Starts it, at the same address as before."""
        command = [BINARY, "serve", f"{self.folder}/db", "--listen", self.address]
        log = Path(self.folder, "log")
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [*command, *self.arguments], stdout=out, stderr=subprocess.STDOUT
            )
        while self.process.poll() is None:
            text = log.read_text()
            if "listening at " in text and text.endswith("\n"):
                self.address = text.partition("listening at ")[2].split()[0]
                return
            time.sleep(0.01)
        raise RuntimeError(f"{BINARY} did not start (make build builds it): {log.read_text()}")

    def kill(self) -> None:
        """kill -9"""
        self.end(signal.SIGKILL)

    def end(self, how: signal.Signals) -> None:
        """Ends it by a signal and waits for it."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def close(self) -> None:
        """Ends it and removes its database."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class ServerTest(unittest.TestCase):
    """Tests that share one server."""

    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.close()


class FalseServer:
    """Accepts connections and hands each line to ``answer``, which may also close the socket.

    ``answer`` takes the socket, the number of the connection and the line.
    """

    def __init__(self, answer: Callable[[socket.socket, int, bytes], None]) -> None:
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self._serve, args=(connection, self.count), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            for line in connection.makefile("rb"):
                if b'"ping"' in line:
                    name = line.split(b",")[0].split(b":")[1]
                    connection.sendall(b'{"id":' + name + b',"done":"PING","ms":0}\n')
                else:
                    self.answer(connection, number, line)
        except (OSError, ValueError):
            pass

    def close(self) -> None:
        """Stops listening."""
        self.listener.close()
