"""What the README shows is run."""
from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import unittest
from pathlib import Path
from typing import Any

from server import ServerTest

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]

README = Path(__file__).resolve().parents[1] / "README.md"
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@unittest.skipIf(numpy is None, "numpy is not installed")
class Readme(ServerTest):
    def run_block(self, number: int, names: dict[str, Any]) -> str:
        """What a block prints."""
        code = PYTHON.findall(README.read_text("utf-8"))[number]
        code = code.replace("127.0.0.1:7117", self.server.address)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(README), "exec"), names)
        return out.getvalue()

    def test_blocks_as_often_as_they_are_tried(self) -> None:
        for _ in range(2):
            names: dict[str, Any] = {}
            printed = self.run_block(0, names).splitlines()
            self.assertEqual([line.split()[0] for line in printed][::2], ["1", "exact(docs.v)"])
            self.assertTrue(printed[-1].endswith("True"))
            self.run_block(1, names)
            self.run_block(2, names)
            with names["db"] as db, names["pool"]:
                found = db.execute("SELECT id FROM docs ORDER BY id").column("id")
                self.assertEqual(found, [1, 2, 8, 9, *range(10, 20)])
                self.assertEqual(names["answers"][1].result().scalar(), "a bicycle")

    def frameworks(self, library: str, number: int, printed: str) -> None:
        if importlib.util.find_spec(library) is None:
            self.skipTest(f"{library} is not installed")
        names: dict[str, Any] = {}
        self.assertIn(printed, self.run_block(number, names))
        names["store"].close()

    def test_langchain(self) -> None:
        self.frameworks("langchain_core", 3, "page_content='bread'")

    def test_haystack(self) -> None:
        self.frameworks("haystack", 4, "content: 'bread', meta: {'page': 1}")

    def test_llamaindex(self) -> None:
        self.frameworks("llama_index", 5, "text='bread'")


if __name__ == "__main__":
    unittest.main()
