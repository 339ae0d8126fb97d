"""How often to log, so that a log stays small however long a training takes."""


class ByteBudget:
    """Octets that are spent ever more slowly, and never all.

    Half of them go to every occasion there is, half of the rest to every second one, half of what is left then to every
    fourth, and so
    on: each half covers as many occasions as the one before.

    Args:
        octets: The budget.
        used: What of it is gone already.
    """

    def __init__(self, octets: int, used: int = 0) -> None:
        self.octets = octets
        self._left = octets - used
        self._last = 0
        self._passed = 0

    @property
    def spacing(self) -> int:
        """Every how many occasions something is spent: a power of 2; 0 where there is not enough for one more and for the very last."""
        if self._left < max(1, 2 * self._last):
            return 0
        return 1 << max(0, (max(0, self.octets - 1) // self._left).bit_length() - 1)

    def due(self) -> bool:
        """Counts an occasion, and says whether it is one to spend something on."""
        self._passed += 1
        return 0 < self.spacing <= self._passed

    def affords(self, octets: int) -> bool:
        """Says whether as much is left."""
        return octets <= self._left

    def spend(self, octets: int) -> None:
        """Takes what an occasion has cost."""
        self._left -= octets
        self._last, self._passed = octets, 0
