# Fails as it is told to.
from typing import NoReturn

from wit_world import exports
from wit_world.exports.faulty import How


class Faulty(exports.Faulty):
    def work(self, how: How, input: str) -> str:
        match how:
            case How.PANIC:
                fail_now(input)
            case How.SPIN:
                spin_now()
            case How.EXHAUST:
                exhaust_now()
        return input


def fail_now(input: str) -> NoReturn:
    raise RuntimeError(f"deliberate: {input}")


def spin_now() -> NoReturn:
    while True:
        pass


def exhaust_now() -> NoReturn:
    kept = []
    while True:
        kept.append(b"\1" * (1 << 20))
