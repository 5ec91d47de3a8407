from __future__ import annotations

from typing import Self

from wit_world import exports
from wit_world.exports import jars


class Jar(jars.Jar):
    def __init__(self, coins: int) -> None:
        self.count = coins

    def coins(self) -> int:
        return self.count

    @classmethod
    def smash(cls, jar: Self) -> int:
        return jar.count


class Jars(exports.Jars):
    def smash_all(self, jars: list[Jar]) -> int:
        return sum(jar.count for jar in jars)
