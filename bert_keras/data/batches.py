"""Which rows an epoch's optimizer steps take."""

from collections.abc import Sequence

import numpy as np

from bert_keras.text import passes_by_length

_SORTED_TOGETHER = 50  # steps
_FEWEST_SORTINGS = 4  # of an epoch: were all rows sorted at once, the same rows would meet in each epoch


class EpochPlan(Sequence[list[np.ndarray]]):
    """The steps of an epoch, each a list of passes, each the places of its rows `[rows]`.

    The passes of a step are worked out when they are asked for, so that a plan takes a few bytes a row.

    Args:
        order: All rows; `batch_size` after `batch_size` make a step, and the last step may have fewer.
        step_order: The place of each step in `order`.
        lengths: Tokens of each row.
        batch_size: Rows of a step.
        token_budget: Most tokens of a pass, padding included.
    """

    def __init__(
        self, order: np.ndarray, step_order: np.ndarray, lengths: np.ndarray, batch_size: int, token_budget: int
    ) -> None:
        self._order, self._step_order, self._lengths = order, step_order, lengths
        self._batch_size, self._token_budget = batch_size, token_budget

    def __len__(self) -> int:
        return len(self._step_order)

    def __getitem__(self, step):  # type: ignore[no-untyped-def]  # Sequence's own has two signatures
        if isinstance(step, slice):
            return [self[place] for place in range(*step.indices(len(self)))]
        first = int(self._step_order[step]) * self._batch_size
        rows = self._order[first : first + self._batch_size]
        return [rows[places] for places in passes_by_length(self._lengths[rows], self._token_budget)]


def training_steps(lengths: np.ndarray, batch_size: int, token_budget: int, seed: int, epoch: int) -> EpochPlan:
    """Plans an epoch: rows shuffled, those of like length in one step, the steps shuffled.

    Every 50 steps' worth of the shuffled rows (a quarter of the rows, where there are few) are sorted by length and cut
    into steps. So little is padded, while which rows meet
    stays random. The rows that fill no whole step come last and are drawn from all of them.

    Args:
        lengths: Tokens of each row, `[rows]`.
        batch_size: Rows of a step; only the epoch's last step may have fewer.
        token_budget: Most tokens of a pass, padding included. It decides nothing but how a step is cut.
        seed: Of the order.
        epoch: From 0. Seed and epoch alone decide the order.

    Returns:
        The steps.
    """
    random = np.random.default_rng([seed, epoch])
    order = np.arange(len(lengths), dtype=np.int32 if len(lengths) < 2**31 else np.int64)
    random.shuffle(order)
    whole = len(order) // batch_size
    size = batch_size * max(1, min(_SORTED_TOGETHER, whole // _FEWEST_SORTINGS))
    for first in range(0, whole * batch_size, size):
        rows = order[first : min(first + size, whole * batch_size)]
        rows[:] = rows[np.argsort(lengths[rows], kind="stable")]
    steps = np.append(random.permutation(whole), [whole] * (whole * batch_size < len(order)))
    return EpochPlan(order, steps.astype(np.int64), lengths, batch_size, token_budget)
