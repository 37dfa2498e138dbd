"""What the README shows is run."""
from __future__ import annotations

import contextlib
import io
import re
import unittest
from pathlib import Path
from typing import Any

import needletail
from server import ServerTest

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]

README = Path(__file__).resolve().parents[1] / "README.md"
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@unittest.skipIf(numpy is None, "numpy is not installed")
class Readme(ServerTest):
    def run_block(self, number: int, **names: Any) -> str:
        """What a block prints."""
        code = PYTHON.findall(README.read_text())[number]
        code = code.replace("127.0.0.1:7117", self.server.address)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(README), "exec"), names)
        return out.getvalue()

    def test_blocks(self) -> None:
        printed = self.run_block(0).splitlines()
        self.assertEqual([line.split()[0] for line in printed], ["1", "2", "exact(docs.v)"])
        self.assertTrue(printed[-1].endswith("True"))
        with needletail.connect(self.server.address) as db:
            source = [(7, numpy.float32([1, 2, 3]))]
            self.run_block(1, db=db, source=source)
            self.assertEqual(db.execute("SELECT id FROM docs ORDER BY id").column("id"), [2, 7])
            with needletail.Pool(self.server.address) as pool:
                for _ in range(2):
                    db.execute("DELETE FROM docs WHERE id = 8")
                    self.run_block(2, db=db, pool=pool)
            self.assertEqual(
                db.execute("SELECT id FROM docs ORDER BY id").column("id"), [2, 7, 8, 9])

    def test_frameworks(self) -> None:
        try:
            from langchain_core.embeddings import DeterministicFakeEmbedding
        except ImportError:
            self.skipTest("langchain-core is not installed")
        with needletail.connect(self.server.address) as db:
            db.execute("DROP TABLE IF EXISTS docs")
        self.run_block(3, embeddings=DeterministicFakeEmbedding(size=6))


if __name__ == "__main__":
    unittest.main()
