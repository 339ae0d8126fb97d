"""The batches of an epoch: the rows of each optimizer step."""

from collections.abc import Sequence

import numpy as np

from bert_keras.text import passes_by_length

_SORTED_TOGETHER = 50  # steps
_FEWEST_SORTINGS = 4  # sorted groups per epoch; with a single one, the batches would be nearly the same in each epoch


class EpochPlan(Sequence[list[np.ndarray]]):
    """The optimizer steps of an epoch: each is a list of forward passes, each pass an array of row indices `[rows]`.

    The passes of a step are computed on access, so that a plan takes only a few bytes per row.

    Args:
        order: The indices of all rows; each `batch_size` of them form a step, and the last step may have fewer.
        step_order: The order of the steps, as indices of groups of `batch_size` rows in `order`.
        lengths: The number of tokens of each row, `[rows]`.
        batch_size: The number of rows per step.
        token_budget: The maximum number of tokens per pass, padding included.
        share: The worker whose passes these are, and the number of workers that each step is shared out to.
    """

    def __init__(
        self,
        order: np.ndarray,
        step_order: np.ndarray,
        lengths: np.ndarray,
        batch_size: int,
        token_budget: int,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self._order, self._step_order, self._lengths = order, step_order, lengths
        self._batch_size, self._token_budget, self._share = batch_size, token_budget, share

    def __len__(self) -> int:
        return len(self._step_order)

    def __getitem__(self, step):  # type: ignore[no-untyped-def]  # Sequence's own has two signatures
        if isinstance(step, slice):
            return [self[place] for place in range(*step.indices(len(self)))]
        rows, (rank, count) = self.rows(step), self._share
        if count > 1:  # each worker gets rows of all lengths, so that none waits for another
            rows = rows[np.argsort(self._lengths[rows], kind="stable")][rank::count]
        return [rows[places] for places in passes_by_length(self._lengths[rows], self._token_budget)]

    def rows(self, step: int) -> np.ndarray:
        """Returns the row indices of a step, those of all workers."""
        first = int(self._step_order[step]) * self._batch_size
        return self._order[first : first + self._batch_size]


def training_steps(
    lengths: np.ndarray, batch_size: int, token_budget: int, seed: int, epoch: int, share: tuple[int, int] = (0, 1)
) -> EpochPlan:
    """Plans an epoch of shuffled steps, each with rows of similar length.

    The rows are shuffled; each group of 50 steps (or a quarter of the rows, if that is less) is sorted by length and
    divided into steps, and the steps are shuffled. So there is little padding, while batches stay random. The
    rows that do not fill a step are a random sample of all rows, and come last.

    Args:
        lengths: The number of tokens of each row, `[rows]`.
        batch_size: The number of rows per step; only the epoch's last step may have fewer.
        token_budget: The maximum number of tokens per pass, padding included. It only affects how steps are divided
            into passes.
        seed: The random seed. The order depends only on seed and epoch.
        epoch: The index of the epoch, from 0.
        share: The rank of a worker, whose share of the steps is returned, and the number of workers.

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
    return EpochPlan(order, steps.astype(np.int64), lengths, batch_size, token_budget, share)
