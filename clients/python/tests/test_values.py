"""Values on their way to the server and back, and how errors and addresses are read."""
from __future__ import annotations

import json
import math
import unittest
from array import array
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import needletail
from needletail import Bits, Json, _address, _encode, errors
from needletail._decode import Shape, vector_form
from needletail.types import Column
from server import ServerTest

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]


class Values(ServerTest):
    def setUp(self) -> None:
        self.db = needletail.connect(self.server.address, vectors="array")
        self.addCleanup(self.db.close)

    def back(self, type_name: str, value: object, db: object = None) -> object:
        """What a column of this type makes of ``value``."""
        connection = db or self.db
        connection.execute("DROP TABLE IF EXISTS one")  # type: ignore[attr-defined]
        connection.execute(f"CREATE TABLE one (v {type_name})")  # type: ignore[attr-defined]
        connection.execute("INSERT INTO one VALUES ($1)", [value])  # type: ignore[attr-defined]
        return connection.execute("SELECT v FROM one").scalar()  # type: ignore[attr-defined]

    def test_every_type_comes_back_as_it_went(self) -> None:
        moment = datetime(2026, 1, 2, 3, 4, 5, 678901, timezone.utc)
        cases = [
            ("BIGINT", 2**63 - 1), ("INT", -7), ("SMALLINT", 3), ("BOOLEAN", True),
            ("DOUBLE PRECISION", 0.1), ("DOUBLE PRECISION", 1e300), ("DOUBLE PRECISION", 3.0),
            ("REAL", 0.5), ("DOUBLE PRECISION", math.inf), ("TEXT", 'q"\\\n\u2028é😀'),
            ("TEXT", "42"), ("BYTEA", b"\x00\xff"), ("BYTEA", b""), ("DATE", date(2024, 2, 29)),
            ("TIMESTAMPTZ", moment), ("TIMESTAMPTZ", moment.replace(microsecond=500)),
            ("TIMESTAMPTZ", moment.replace(microsecond=120000)),
            ("TIMESTAMPTZ", moment.replace(microsecond=0)), ("UUID", UUID(int=2**100 + 5)),
            ("JSONB", {"a": [1, None, {"b": "é"}], "$x": 1}), ("JSONB", {"$f32": "no vector"}),
            ("TEXT[]", ["a", None, "b,\"c"]), ("INT[]", [1, 2]), ("BOOLEAN[]", [True, None]),
            ("DOUBLE PRECISION[]", [0.1, 2.5]), ("BIT(10)", Bits.of("1010010111")),
            ("TEXT", None), ("VECTOR(3)", None),
        ]
        for type_name, value in cases:
            with self.subTest(type_name=type_name, value=value):
                self.assertEqual(self.back(type_name, value), value)

    def test_documents_of_any_kind(self) -> None:
        for value in (None, "text", '"quoted"', 5, 2.5, True, [], [1, "x", None], {}, [[1], {}]):
            with self.subTest(value=value):
                self.assertEqual(self.back("JSONB", Json(value)), value)

    def test_zones_and_days(self) -> None:
        east = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
        self.assertEqual(self.back("TIMESTAMPTZ", east), east)
        self.assertEqual(self.back("TIMESTAMPTZ", datetime(2026, 1, 1)).hour, 0)
        self.assertEqual(self.back("TIMESTAMPTZ", "12026-01-01"), "12026-01-01T00:00:00Z")

    def test_other_numbers(self) -> None:
        self.assertEqual(self.back("DOUBLE PRECISION", Decimal("2.25")), 2.25)
        self.assertTrue(math.isnan(self.back("DOUBLE PRECISION", math.nan)))

    def test_vectors_are_bytes_and_never_decimals(self) -> None:
        exact = array("f", [0.1, -2.5, 3e-39])
        self.assertEqual(self.back("VECTOR(3)", exact), exact)
        self.assertEqual(self.back("VECTOR(3)", needletail.vector([1, 2, 3])).tolist(), [1, 2, 3])
        self.assertEqual(self.back("VECTOR(2)", [1, 2.5]).tolist(), [1, 2.5])
        self.assertEqual(self.back("HALFVEC(2)", exact[1:]).tolist()[0], -2.5)
        self.assertEqual(_encode.encode(array("f", [1.0])), '{"$f32":"AACAPw=="}')
        lists = needletail.connect(self.server.address, vectors="list")
        with lists:
            self.assertEqual(self.back("VECTOR(2)", [1, 2.5], lists), [1, 2.5])

    @unittest.skipIf(numpy is None, "numpy is not installed")
    def test_numpy_in_and_out(self) -> None:
        db = needletail.connect(self.server.address)
        self.addCleanup(db.close)
        self.assertEqual(vector_form(None), "numpy")
        random = numpy.random.default_rng(5)
        for n in (1, 3, 384, 1536):
            sent = random.standard_normal(n).astype(numpy.float32)
            got = self.back(f"VECTOR({n})", sent, db)
            self.assertEqual((got.dtype, got.shape), (numpy.float32, (n,)))
            self.assertTrue((got == sent).all())
            got[0] = 1  # it is the program's own
            half = self.back(f"HALFVEC({n})", sent.astype(numpy.float16), db)
            self.assertEqual(half.dtype, numpy.float16)
            self.assertTrue((half == sent.astype(numpy.float16)).all())
        matrix = random.standard_normal((4, 8))
        self.assertEqual(self.back("VECTOR(4)", matrix[:, 3], db).tolist(),
                         matrix[:, 3].astype(numpy.float32).tolist())
        self.assertEqual(self.back("BIGINT", numpy.int64(7), db), 7)
        self.assertEqual(self.back("REAL", numpy.float32(0.25), db), 0.25)
        self.assertEqual(self.back("INT[]", numpy.array([1, 2]), db), [1, 2])
        self.assertEqual(str(self.back("BIT(3)", numpy.array([True, False, True]), db)), "101")
        self.assertEqual(self.back("JSONB", {"a": numpy.float64(0.5)}, db), {"a": 0.5})
        with self.assertRaisesRegex(needletail.InterfaceError, r"shape \(4, 8\)"):
            db.execute("SELECT $1", [matrix])

    def test_bits(self) -> None:
        bits = Bits.of([1, 0, 1])
        self.assertEqual((str(bits), len(bits), bits.data), ("101", 3, b"\xa0"))
        self.assertEqual({bits: 1}[Bits(b"\xa0", 3)], 1)
        with self.assertRaises(ValueError):
            Bits(b"ab", 3)

    def test_what_has_no_form_is_refused_before_anything_is_sent(self) -> None:
        for params in ([object()], [{1, 2}], "text", 5, [{"a": math.nan}], ["\ud800"]):
            with self.subTest(params=params), self.assertRaises(needletail.InterfaceError):
                self.db.execute("SELECT $1", params)
        deep: list[object] = []
        for _ in range(100_000):
            deep = [deep]
        with self.assertRaises(needletail.InterfaceError):
            self.db.execute("SELECT $1", [{"a": deep}])
        self.assertEqual(self.db.execute("SELECT 1").scalar(), 1)

    def test_names_and_places(self) -> None:
        row = self.db.execute("SELECT 1 AS id, 'x' AS count, 2 AS id").one()
        self.assertEqual((row.id, row["id"], row[2], row["count"], row[-1]), (1, 1, 2, "x", 2))
        self.assertEqual(row, (1, "x", 2))
        self.assertEqual(row.asdict(), {"id": 1, "count": "x"})
        self.assertEqual(row[1:], ("x", 2))
        with self.assertRaisesRegex(AttributeError, "no column 'other'"):
            row.other
        with self.assertRaisesRegex(KeyError, "other: the row has id, count"):
            row["other"]
        import copy
        import pickle
        self.assertEqual(pickle.loads(pickle.dumps(row)), (1, "x", 2))
        self.assertEqual(copy.copy(row), row)


class Errors(ServerTest):
    def test_they_have_class_code_place_and_remedy(self) -> None:
        with needletail.connect(self.server.address) as db:
            db.execute("CREATE TABLE e (id INT PRIMARY KEY, n INT NOT NULL)")
            db.execute("INSERT INTO e VALUES (1, 1)")
            cases = [
                ("SELCT 1", errors.SyntaxError, "42601"),
                ("SELECT x FROM missing", errors.UndefinedTable, "42P01"),
                ("SELECT x FROM e", errors.UndefinedColumn, "42703"),
                ("INSERT INTO e VALUES (1, 1)", errors.UniqueViolation, "23505"),
                ("INSERT INTO e VALUES (2, NULL)", errors.NotNullViolation, "23502"),
                ("CREATE TABLE e (id INT)", errors.DuplicateTable, "42P07"),
                ("SELECT 1/0", errors.DataError, "22012"),
                ("GRANT ALL ON e TO me", errors.NotSupportedError, "0A000"),
                ("SET nonsense = 1", errors.ProgrammingError, "42704"),
            ]
            for sql, kind, code in cases:
                with self.subTest(sql=sql), self.assertRaises(kind) as caught:
                    db.execute(sql)
                self.assertEqual((type(caught.exception), caught.exception.code), (kind, code))
                self.assertIsInstance(caught.exception, needletail.DatabaseError)
            with self.assertRaises(errors.UndefinedColumn) as caught:
                db.execute("SELECT 'ü😀',\n nope FROM e")
            error = caught.exception
            self.assertEqual((error.position, error.end), (14, 18))
            self.assertIn("(line 2, column 2)", str(error))

    def test_codes_not_known_go_by_their_class(self) -> None:
        for code, kind in (("22ZZZ", errors.DataError), ("99000", errors.OperationalError),
                           ("XX999", errors.InternalError), ("0A000", errors.NotSupportedError)):
            self.assertIs(type(errors.from_wire({"code": code, "msg": "m"})), kind)


class Addresses(unittest.TestCase):
    def test_forms(self) -> None:
        for text, expected in [
            ("needletail://db.local:9/", "db.local:9"), ("db.local", "db.local:7117"),
            ("[::1]:80", "[::1]:80"), ("[::1]", "[::1]:7117"), ("unix:/run/n", "unix:/run/n"),
            ("unix:///run/n", "unix:/run/n"), ("127.0.0.1:7117", "127.0.0.1:7117"),
        ]:
            self.assertEqual(str(_address.parse(text)), expected)
        for text in ("", ":5", "::1", "a:b", "a:70000", "unix:", "[::1", "a/b", "u@h", "[::1]x"):
            with self.subTest(text=text), self.assertRaises(needletail.InterfaceError):
                _address.parse(text)
        with self.assertRaisesRegex(needletail.InterfaceError, "only needletail:// is known"):
            _address.parse("http://localhost:7117")
        with self.assertRaisesRegex(needletail.InterfaceError, "not of type int"):
            needletail.connect(7117)  # type: ignore[arg-type]


class Forms(unittest.TestCase):
    def test_a_shape_is_made_of_types(self) -> None:
        shape = Shape((Column("a", "vector(2)"), Column("b", "date[]")), "list")
        raw = [[{"$f32": "AACAPwAAAEA="}, ["2026-01-01", None]], [None, None]]
        self.assertEqual(
            shape.rows(raw), [([1.0, 2.0], [date(2026, 1, 1), None]), (None, None)])
        with self.assertRaises(ValueError):
            vector_form("tensor")

    def test_statements_are_one_line_of_json(self) -> None:
        line = _encode.statement(3, 'SELECT "ü"\n', _encode.parameters({"a": 1}), "p", 0.0001)
        self.assertEqual(json.loads(line),
                         {"id": 3, "q": 'SELECT "ü"\n', "p": {"a": 1}, "timeout_ms": 1})
        self.assertEqual(line.count(b"\n"), 1)


if __name__ == "__main__":
    unittest.main()
