"""Requests as lines: values in, bytes out."""
from __future__ import annotations

import binascii
import json
import math
import sys
from array import array
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Callable, Optional
from uuid import UUID

from .errors import InterfaceError
from .types import Bits, Json

_quoted: Callable[[str], str] = json.encoder.encode_basestring
_b64 = binascii.b2a_base64
LINE_BYTES_MAX = 64 << 20
"""The longest line a server takes."""


def _float(value: float) -> str:
    if value - value == 0:
        return float.__repr__(value)
    return '"NaN"' if math.isnan(value) else '"Infinity"' if value > 0 else '"-Infinity"'


def _typed(key: str, data: Any) -> str:
    return f'{{"{key}":"{_b64(data, newline=False).decode("ascii")}"}}'


def _array(value: array[Any]) -> str:
    if value.typecode == "f":
        if sys.byteorder == "big":
            value = value[:]
            value.byteswap()
        return _typed("$f32", value)
    return _sequence(value.tolist())


def _datetime(value: datetime) -> str:
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc)
    return f'"{value.isoformat()}"'


def _bits(value: Bits) -> str:
    data = _b64(value.data, newline=False).decode("ascii")
    return f'{{"$bits":"{data}","n":{value.n}}}'


def _document(value: Any) -> str:
    """JSON text of plain data; numpy's scalars and arrays become numbers and lists."""
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise InterfaceError(f"a parameter is no JSON document: {error}") from None


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _mapping(value: Mapping[str, Any]) -> str:
    text = _document(dict(value))
    # An object with a dollar key would be read as a typed value; as text it is only a document.
    return _quoted(text) if any(str(key).startswith("$") for key in value) else text


def _sequence(value: Sequence[Any]) -> str:
    if any(isinstance(item, (list, tuple, Mapping)) for item in value):
        return _document(value)
    return f"[{','.join([encode(item) for item in value])}]"


_ENCODERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    float: _float,
    str: _quoted,
    bytes: lambda value: _typed("$bytes", value),
    bytearray: lambda value: _typed("$bytes", value),
    list: _sequence,
    tuple: _sequence,
    dict: _mapping,
    array: _array,
    datetime: _datetime,
    date: lambda value: f'"{value.isoformat()}"',
    UUID: lambda value: f'"{value}"',
    Decimal: lambda value: f'"{value}"',
    Bits: _bits,
    Json: lambda value: _quoted(_document(value.value)),
}


def encode(value: Any) -> str:
    """``value`` as a parameter in JSON."""
    encoder = _ENCODERS.get(value.__class__)
    return encoder(value) if encoder is not None else _other(value)


def _other(value: Any) -> str:
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if isinstance(value, numpy.ndarray):
            # Found at once from now on.
            encoder = _ENCODERS[value.__class__] = _arrays(numpy)
            return encoder(value)
        if isinstance(value, numpy.generic):
            return encode(value.item())
    if isinstance(value, memoryview):
        return _typed("$f32" if value.format in ("f", "<f") else "$bytes", value)
    if numpy is not None and hasattr(value, "__array__"):
        return _ndarray(numpy, numpy.asarray(value))
    for kind, encoder in _ENCODERS.items():
        if isinstance(value, kind):
            return encoder(value)
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, Sequence):
        return _sequence(list(value))
    raise InterfaceError(
        f"a parameter is a {type(value).__name__}, which has no form in SQL",
        hint="Pass a number, text, bytes, a date, a list, a document, or a vector.",
    )


def _arrays(numpy: Any) -> Callable[[Any], str]:
    """An encoder of arrays with a short way for what is a vector already."""
    single = numpy.dtype("<f4")

    def encoder(value: Any) -> str:
        if value.dtype == single and value.ndim == 1 and value.flags.c_contiguous:
            return f'{{"$f32":"{_b64(value, newline=False).decode("ascii")}"}}'
        return _ndarray(numpy, value)

    return encoder


def _ndarray(numpy: Any, value: Any) -> str:
    kind = value.dtype.kind
    if value.ndim == 0:
        return encode(value.item())
    if value.ndim != 1:
        raise InterfaceError(
            f"a parameter is an array of shape {value.shape}; a vector has one dimension",
            hint="Pass one row, or all rows through execute_many.",
        )
    if kind == "f":
        key, dtype = ("$f16", "<f2") if value.dtype.itemsize == 2 else ("$f32", "<f4")
        return _typed(key, numpy.ascontiguousarray(value, dtype=dtype))
    if kind == "b":
        return _bits(Bits(numpy.packbits(value).tobytes(), len(value)))
    if kind in "iu":
        return _sequence(value.tolist())
    raise InterfaceError(
        f"a parameter is an array of {value.dtype}", hint="Convert it to float32, or to a list."
    )


def copied(row: Any, columns: Optional[Sequence[str]]) -> str:
    """One row for ``COPY … FROM STDIN``, where a document is never read as a typed value."""
    if columns is not None:
        row = dict(zip(columns, row))
    elif not isinstance(row, Mapping):
        raise InterfaceError(
            f"a row is a {type(row).__name__}; without names for its values it is a mapping",
            hint="Pass columns=[…] with the names.",
        )
    pairs = [f"{_quoted(str(name))}:{_field(value)}" for name, value in row.items()]
    return f"{{{','.join(pairs)}}}"


def _field(value: Any) -> str:
    if isinstance(value, Json):
        return _document(value.value)
    return _document(dict(value)) if isinstance(value, Mapping) else encode(value)


def quoted(text: str) -> str:
    """``text`` as a string of JSON."""
    return _quoted(text)


def parameters(params: Any) -> str:
    """One set of parameters: an array for positions, an object for names."""
    if isinstance(params, (list, tuple)):
        return f"[{','.join([encode(value) for value in params])}]"
    if isinstance(params, Mapping):
        pairs = [f"{_quoted(str(name))}:{encode(value)}" for name, value in params.items()]
        return f"{{{','.join(pairs)}}}"
    if isinstance(params, Sequence) and not isinstance(params, (str, bytes, bytearray)):
        return f"[{','.join([encode(value) for value in params])}]"
    raise InterfaceError(
        f"the parameters are of type {type(params).__name__}, not a list or a dict",
        hint="Put values into a list, [value] if there is but one: a vector is one value. "
        "Names (:name) take a dict.",
    )


def statement(
    number: int,
    sql: str,
    params: Optional[str],
    form: str = "p",
    timeout: Optional[float] = None,
    key: Optional[str] = None,
    after: Optional[int] = None,
) -> bytes:
    """One statement as a line; ``params`` is text for the field ``form``, ``p`` or ``batch``."""
    line = f'{{"id":{number},"q":{_quoted(sql)}'
    if params is not None:
        line += f',"{form}":{params}'
    if key is not None:
        line += f',"key":{_quoted(key)}'
    if after is not None:
        line += f',"after":{after:d}'
    if timeout is not None:
        line += f',"timeout_ms":{max(1, min(86_400_000, math.ceil(timeout * 1000)))}'
    return as_bytes(line + "}\n")


def as_bytes(line: str) -> bytes:
    """``line`` in UTF-8, within the limit of the server."""
    try:
        data = line.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InterfaceError(f"a text is not valid Unicode: {error.reason}") from None
    if len(data) > LINE_BYTES_MAX:
        raise InterfaceError(
            f"a request has {len(data)} bytes, more than the {LINE_BYTES_MAX} a server takes",
            hint="Send fewer values at once; execute_many and copy_in split by themselves.",
        )
    return data
