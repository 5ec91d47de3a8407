# Gives back what it gets.
from __future__ import annotations

from typing import Self

from componentize_py_types import Err, Result, Some
from wit_world import exports
from wit_world.exports import counters, echo


class Echo(exports.Echo):
    def truth(self, v: bool) -> bool:
        return v

    def unsigned8(self, v: int) -> int:
        return v

    def unsigned16(self, v: int) -> int:
        return v

    def unsigned32(self, v: int) -> int:
        return v

    def unsigned64(self, v: int) -> int:
        return v

    def signed8(self, v: int) -> int:
        return v

    def signed16(self, v: int) -> int:
        return v

    def signed32(self, v: int) -> int:
        return v

    def signed64(self, v: int) -> int:
        return v

    def single(self, v: float) -> float:
        return v

    def double_size(self, v: float) -> float:
        return v

    def letter(self, v: str) -> str:
        return v

    def text(self, v: str) -> str:
        return v

    def bytes(self, v: bytes) -> bytes:
        return v

    def numbers(self, v: list[int]) -> list[int]:
        return v

    def texts(self, v: list[str]) -> list[str]:
        return v

    def nested(self, v: list[list[int]]) -> list[list[int]]:
        return v

    def maybe(self, v: int | None) -> int | None:
        return v

    def maybe_text(self, v: str | None) -> str | None:
        return v

    def maybe_maybe(self, v: Some[int | None] | None) -> Some[int | None] | None:
        return v

    def pair(self, v: tuple[str, int]) -> tuple[str, int]:
        return v

    def a_point(self, v: echo.Point) -> echo.Point:
        return v

    def a_person(self, v: echo.Person) -> echo.Person:
        return v

    def people(self, v: list[echo.Person]) -> list[echo.Person]:
        return v

    def a_shape(self, v: echo.Shape) -> echo.Shape:
        return v

    def shapes(self, v: list[echo.Shape]) -> list[echo.Shape]:
        return v

    def a_color(self, v: echo.Color) -> echo.Color:
        return v

    def an_access(self, v: echo.Access) -> echo.Access:
        return v

    def outcome(self, v: Result[int, str]) -> int:
        if isinstance(v, Err):
            raise v
        return v.value

    def outcome_bare(self, v: Result[None, None]) -> None:
        if isinstance(v, Err):
            raise v
        return v.value

    def many(self, *numbers: int) -> str:
        return ",".join(map(str, numbers))

    def nothing(self) -> None:
        pass


class Counter(counters.Counter):
    def __init__(self, start: int) -> None:
        self.value = start

    def add(self, n: int) -> int:
        self.value += n
        return self.value

    @classmethod
    def merge(cls, a: Self, b: Self) -> Self:
        return cls(a.value + b.value)
