"""How much work the judgement of one answer may be, in the check loop and beside it."""

IN_THE_LOOP = 2_000_000
"""Nanoseconds of work, by the worst that was measured of each step: what may be more is done beside the loop."""
BESIDE_THE_LOOP = 2.0
"""Seconds of computing that one answer may take there."""
MEMORY_MIB = 640
"""What a process that judges may take."""


class Dear(Exception):
    """More work than may be done here."""


class Budget:
    """Work that may still be done; each step says before it begins what it may cost at worst."""

    __slots__ = ("left",)

    def __init__(self, left: float = IN_THE_LOOP) -> None:
        self.left = left

    def spend(self, nanoseconds: float) -> None:
        """Raises `Dear` where that is too much."""
        self.left -= nanoseconds
        if self.left < 0:
            raise Dear

    def begin(self, number: int) -> None:
        """The condition of this number comes next."""


class Unlimited(Budget):
    """For a process that is ended by others."""

    __slots__ = ()

    def spend(self, nanoseconds: float) -> None:
        """As much as it takes."""
