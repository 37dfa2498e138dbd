"""The examples in Python are run, and what they print is what is beside them."""
from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import needletail
from server import ROOT, ServerTest

RAG = ROOT / "examples" / "rag_python"
SOURCES = Path(needletail.__file__).resolve().parents[1]


def loaded() -> Any:
    """The example as a module."""
    found = importlib.util.spec_from_file_location("rag", RAG / "rag.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


class Rag(ServerTest):
    def run_example(self) -> str:
        command = [sys.executable, str(RAG / "rag.py"), "--server", self.server.address, "--words"]
        environment = {**os.environ, "PYTHONPATH": str(SOURCES), "PYTHONIOENCODING": "utf-8"}
        ended = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stdout

    def test_prints_what_is_expected_and_again_on_what_it_left(self) -> None:
        expected = (RAG / "expected.txt").read_text("utf-8")
        self.assertEqual(self.run_example(), expected)
        self.assertEqual(self.run_example(), expected)

    def test_no_question_sees_a_document_half_replaced(self) -> None:
        rag = loaded()
        versions = [". ".join([f"The {word} rules apply"] * 60) + "." for word in ("old", "new")]
        document = {
            "id": "rules", "title": "Rules", "source": "test", "language": "en",
            "published": "2026-01-01"}
        seen: list[set[str]] = []
        done = threading.Event()
        with needletail.Pool(self.server.address) as pool:
            rag.create(pool, rag.by_words)
            rag.store(pool, rag.by_words, {**document, "body": versions[0]})

            def ask() -> None:
                while not done.is_set():
                    found = rag.ask(pool, rag.by_words, "Which rules apply?", 20, source="test")
                    seen.append({one["body"].split()[1] for one in found})

            asking = threading.Thread(target=ask)
            asking.start()
            try:
                for turn in range(1, 41):
                    rag.store(pool, rag.by_words, {**document, "body": versions[turn % 2]})
            finally:
                done.set()
                asking.join()
        self.assertEqual({frozenset(words) for words in seen} - {
            frozenset({"old"}), frozenset({"new"})}, set())
        self.assertGreater(len(seen), 0)

    def test_one_question_in_an_empty_database_finds_nothing(self) -> None:
        rag = loaded()
        with needletail.Pool(self.server.address) as pool:
            rag.create(pool, rag.by_words)
            self.assertEqual(rag.ask(pool, rag.by_words, "Why?", source="nowhere"), [])
