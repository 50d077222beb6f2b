"""How much of this process's threads calls that take long may hold."""

from common.slots import Slots

__all__ = ["Slots"]
