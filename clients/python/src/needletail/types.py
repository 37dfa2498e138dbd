"""Values that Python has no type for, and what describes an answer."""
from __future__ import annotations

from array import array
from typing import Any, Iterable, NamedTuple, Optional, Sequence


class Column(NamedTuple):
    """A column of an answer: its name and its type as SQL writes it, such as ``vector(384)``."""

    name: str
    type: str


class Notice(NamedTuple):
    """Something worth knowing that did not stop the statement."""

    code: str
    message: str
    hint: Optional[str] = None


class Bits:
    """A value of type ``bit(n)``: ``data`` holds the bits from the highest of the first byte."""

    __slots__ = ("data", "n")

    def __init__(self, data: bytes, n: Optional[int] = None) -> None:
        self.data = bytes(data)
        self.n = 8 * len(self.data) if n is None else n
        if not 0 <= 8 * len(self.data) - self.n < 8:
            raise ValueError(f"{self.n} bits do not fill {len(self.data)} bytes")

    @classmethod
    def of(cls, bits: Iterable[Any]) -> Bits:
        """Bits from anything true or false, or from text such as ``"0101"``."""
        digits = "".join("1" if bit not in (0, "0", False) else "0" for bit in bits)
        n = len(digits)
        padded = digits.ljust((n + 7) // 8 * 8, "0")
        return cls(int(padded or "0", 2).to_bytes(len(padded) // 8, "big"), n)

    def __str__(self) -> str:
        whole = "".join(f"{byte:08b}" for byte in self.data)
        return whole[: self.n]

    def __repr__(self) -> str:
        return f"Bits.of({str(self)!r})"

    def __len__(self) -> int:
        return self.n

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bits) and (self.n, self.data) == (other.n, other.data)

    def __hash__(self) -> int:
        return hash((self.n, self.data))


class Json:
    """A document for a ``jsonb`` parameter, whatever its kind.

    Objects need no wrapper; strings, numbers, ``None`` and lists do where the column is ``jsonb``,
    since they would be sent as text, numbers, NULL and SQL arrays.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Json({self.value!r})"


def vector(components: Iterable[float]) -> array[float]:
    """A vector from any numbers: 32-bit floats, which are sent as bytes and not as decimals.

    A numpy array of floats needs no wrapper. A plain list of numbers is an SQL array, and is also
    accepted where a vector is expected, at 20 times the cost.
    """
    return array("f", components)


Parameters = Any
"""A sequence for ``$1, $2, …`` or a mapping for ``:name``."""

ParameterSets = Iterable[Any]
Rows = Sequence[Any]
