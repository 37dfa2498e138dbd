"""Replies: lines in, values out."""
from __future__ import annotations

import binascii
import json
import sys
from array import array
from datetime import date, datetime, timedelta, timezone
from typing import Any, Callable, Optional
from uuid import UUID

from .errors import Error, ProtocolViolation
from .types import Bits, Column

Converter = Callable[[Any], Any]
# What decode() calls, without its looking for blanks around a value.
_scan: Callable[[str, int], tuple[Any, int]] = getattr(json.JSONDecoder(), "scan_once")
_a2b = binascii.a2b_base64


def line(data: bytes) -> dict[str, Any]:
    """One line of a reply."""
    try:
        reply, _ = _scan(data.decode("utf-8"), 0)
    except (ValueError, StopIteration, RecursionError):
        reply = None
    if not isinstance(reply, dict):
        raise ProtocolViolation(
            f"the peer sent {data[:60]!r}, which is no reply", code="08P01",
            hint="Is this the address of a Needletail server?",
        )
    return reply


# Vectors ------------------------------------------------------------------------------------------


def _numpy(key: str, dtype: str) -> Converter:
    import numpy

    frombuffer, kind = numpy.frombuffer, numpy.dtype(dtype)
    # bytearray, so that the array can be written to.
    return lambda value: frombuffer(bytearray(_a2b(value[key])), kind)


def _floats(value: Any) -> array[float]:
    out = array("f")
    out.frombytes(_a2b(value["$f32"]))
    if sys.byteorder == "big":
        out.byteswap()
    return out


def _halves(value: Any) -> array[float]:
    import struct

    data = _a2b(value["$f16"])
    return array("f", struct.unpack(f"<{len(data) // 2}e", data))


def _vectors(form: str) -> tuple[Converter, Converter]:
    """How ``vector`` and ``halfvec`` come out."""
    if form == "numpy":
        return _numpy("$f32", "<f4"), _numpy("$f16", "<f2")
    if form == "list":
        return lambda value: _floats(value).tolist(), lambda value: _halves(value).tolist()
    return _floats, _halves


# Moments ------------------------------------------------------------------------------------------


def _timestamp(value: str) -> Any:
    """A ``datetime`` in UTC; the text where the calendar of Python does not reach."""
    try:
        whole, _, fraction = value.rstrip("Z").partition(".")
        moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return value
    micro = int(fraction.ljust(6, "0")[:6]) if fraction else 0
    return moment.replace(tzinfo=timezone.utc) + timedelta(microseconds=micro)


def _iso(value: str) -> Any:
    try:
        return datetime.fromisoformat(value[:-1] + "+00:00" if value[-1:] == "Z" else value)
    except ValueError:
        return _timestamp(value)


def _date(value: str) -> Any:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


# Columns ------------------------------------------------------------------------------------------


def _double(value: Any) -> Any:
    return value if value.__class__ is float else float(value)


def _bits(value: Any) -> Bits:
    return Bits(_a2b(value["$bits"]), value["n"])


_SIMPLE: dict[str, Optional[Converter]] = {
    "boolean": None, "smallint": None, "integer": None, "bigint": None, "text": None,
    "jsonb": None, "unknown": None,
    "real": _double, "double precision": _double,
    "bytea": lambda value: _a2b(value["$bytes"]),
    "timestamptz": _iso, "date": _date, "uuid": UUID,
}


def converter(type_name: str, form: str) -> Optional[Converter]:
    """What turns a value of this type, as JSON, into Python's; ``None`` for one that is already."""
    if type_name.endswith("[]"):
        element = converter(type_name[:-2], form)
        if element is None:
            return None
        return lambda items: [None if item is None else element(item) for item in items]
    base = type_name.partition("(")[0]
    if base == "vector":
        return _vectors(form)[0]
    if base == "halfvec":
        return _vectors(form)[1]
    if base == "bit":
        return _bits
    return _SIMPLE.get(base)


class Row(tuple[Any, ...]):
    """One row: a tuple whose fields also have the names of the columns.

    ``row[0]``, ``row["id"]``, ``row.id``. A name that tuples use (``count``, ``index``) needs
    brackets; of columns with one name the first is meant.
    """

    __slots__ = ()
    _places: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        place = self._places.get(name)
        if place is None:
            raise AttributeError(f"the row has no column {name!r}; it has {list(self._places)}")
        return tuple.__getitem__(self, place)

    def __getitem__(self, key: Any) -> Any:
        if key.__class__ is str:
            place = self._places.get(key)
            if place is None:
                raise KeyError(f"{key}: the row has {', '.join(self._places)}")
            key = place
        return tuple.__getitem__(self, key)

    def asdict(self) -> dict[str, Any]:
        """Name to value."""
        return {name: tuple.__getitem__(self, place) for name, place in self._places.items()}

    def __reduce__(self) -> Any:
        return tuple, (tuple(self),)


class Shape:
    """The columns of an answer and how its rows are made. Immutable, and shared by all of them."""

    __slots__ = ("columns", "converters", "row")

    def __init__(self, columns: tuple[Column, ...], form: str) -> None:
        self.columns = columns
        found = [(place, converter(column.type, form)) for place, column in enumerate(columns)]
        self.converters = [(place, convert) for place, convert in found if convert is not None]
        places: dict[str, int] = {}
        for place, column in enumerate(columns):
            places.setdefault(column.name, place)
        self.row: type[Row] = type("Row", (Row,), {"__slots__": (), "_places": places})

    def rows(self, raw: list[list[Any]]) -> list[Row]:
        """The rows of one line."""
        for place, convert in self.converters:
            for values in raw:
                value = values[place]
                if value is not None:
                    values[place] = convert(value)
        return list(map(self.row, raw))


NO_COLUMNS = Shape((), "list")
_SHAPES_MAX = 128


class Shapes:
    """Shapes by their columns, of one connection."""

    def __init__(self, form: str) -> None:
        self.form = form
        self._known: dict[tuple[tuple[str, str], ...], Shape] = {}
        self._last: Any = None
        self._last_shape = NO_COLUMNS

    def of(self, columns: list[list[str]]) -> Shape:
        """The shape of these ``cols``."""
        if columns == self._last:
            return self._last_shape
        try:
            key = tuple([(name, kind) for name, kind in columns])
            shape = self._known.get(key)
            if shape is None:
                if len(self._known) >= _SHAPES_MAX:
                    self._known.clear()
                named = tuple(Column(name, kind) for name, kind in key)
                shape = self._known[key] = Shape(named, self.form)
            self._last, self._last_shape = columns, shape
            return shape
        except (TypeError, ValueError):
            raise malformed("columns") from None


def malformed(what: str) -> Error:
    """08P01: a reply does not have the form of one."""
    return ProtocolViolation(f"a reply has malformed {what}", code="08P01")


def vector_form(asked: Optional[str]) -> str:
    """``asked``, or ``numpy`` where it is installed and ``array`` where not."""
    if asked is None:
        from importlib.util import find_spec

        return "numpy" if find_spec("numpy") is not None else "array"
    if asked not in ("numpy", "array", "list"):
        raise ValueError(f"vectors is {asked!r}; it takes 'numpy', 'array' or 'list'")
    return asked
