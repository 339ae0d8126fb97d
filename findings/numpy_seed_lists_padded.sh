#!/usr/bin/env bash
# NumPy 2.4.6: default_rng([7]) and default_rng([7, 0]) and default_rng([7, 0, 0]) draw the same numbers.
#
# A list of integers as a seed is the advised way to give each worker, epoch or row a stream of its own. A list of fewer
# than four words of 32 bits is filled up with zeros, so that lists that differ only by zeros at their end are one seed:
# what is drawn by [seed] for a fixed sample is drawn again by [seed, epoch, row] for the first row of the first epoch.
# The stream changes with the fifth word. Nothing warns of it.
#
# Seen: the draws of [7], [7, 0] and [7, 0, 0, 0] are equal, those of [7, 1] and of [7, 0, 0, 0, 0] are others. Streams of
# one purpose are kept apart from those of another by a number that is not 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6
"$folder/venv/bin/python" - <<'PY'
import numpy as np


def drawn(*seed: int) -> list[int]:
    return np.random.default_rng(list(seed)).integers(10**6, size=3).tolist()


for seed in ((7,), (7, 0), (7, 0, 0, 0), (7, 1), (7, 0, 0, 0, 0)):
    print(f"numpy {np.__version__}, seed {list(seed)}: {drawn(*seed)}")
assert drawn(7) == drawn(7, 0) == drawn(7, 0, 0, 0), "zeros at the end of a seed count now"
assert len({tuple(drawn(*seed)) for seed in ((7,), (7, 1), (7, 0, 0, 0, 0))}) == 3
PY
