"""A byte budget that keeps a log small however long a training takes."""


class ByteBudget:
    """A number of bytes that is spent more and more slowly and never runs out.

    Half of it is available to every occasion, half of the rest to every second occasion, half of the remainder to every
    fourth, and so on: each half covers as many occasions as the one before.

    Args:
        octets: The budget in bytes.
        used: The number of bytes that are already spent.
    """

    def __init__(self, octets: int, used: int = 0) -> None:
        self.octets = octets
        self._left = octets - used
        self._last = 0
        self._passed = 0

    @property
    def spacing(self) -> int:
        """The number of occasions per expense, a power of 2; 0 if too little is left for one more and the last."""
        if self._left < max(1, 2 * self._last):
            return 0
        return 1 << max(0, (max(0, self.octets - 1) // self._left).bit_length() - 1)

    def due(self) -> bool:
        """Counts an occasion and returns whether to spend something on it."""
        self._passed += 1
        return 0 < self.spacing <= self._passed

    def affords(self, octets: int) -> bool:
        """Returns whether that many bytes are left."""
        return octets <= self._left

    def spend(self, octets: int) -> None:
        """Subtracts the cost of an occasion in bytes."""
        self._left -= octets
        self._last, self._passed = octets, 0
