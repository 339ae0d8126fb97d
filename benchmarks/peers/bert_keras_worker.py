"""Worker of this project for the fine-tuning of a classifier on rows made up, alone or as one of several workers."""

import argparse
from dataclasses import dataclass

import numpy as np
from peers.bert_keras_training import Halts, made
from peers.protocol import Requests, TrainingTurns

from bert_keras.data import Batch
from bert_keras.runtime.tensorflow_import import import_tensorflow

_WORDS = (1000, 30_000)  # the ids of tokens that are words
_SHORT = (2.4, 0.6)  # mean and deviation of the logarithm of SST-2's lengths


@dataclass(frozen=True)
class MadeRows:
    """What training asks of `data.Encoded`, of random tokens."""

    lengths: np.ndarray
    name: str = "made up"
    fingerprint: str = "made up"

    def __len__(self) -> int:
        return len(self.lengths)

    def in_epoch(self, seed: int, epoch: int) -> "MadeRows":
        """Returns the rows."""
        return self

    def batch(self, rows: np.ndarray) -> Batch:
        """Returns rows, whose tokens and labels depend on their indices alone."""
        lengths = self.lengths[rows, np.newaxis]
        mask = (np.arange(lengths.max()) < lengths).astype(np.int32)
        tokens = np.random.default_rng(int(rows[0])).integers(*_WORDS, mask.shape).astype(np.int32) * mask
        inputs = {"token_ids": tokens, "segment_ids": np.zeros_like(mask), "padding_mask": mask}
        return inputs, (rows % 2).astype(np.int32)


def main() -> None:
    """Trains, and halts after the requested steps."""
    flags = parse()
    requests = Requests()
    import_tensorflow(flags.count, flags.rank)
    from bert_keras import training
    from bert_keras.workers import Cluster, join

    classifier, precision = made(flags)
    random = np.random.default_rng(0)
    short = random.lognormal(*_SHORT, 10**5).astype(np.int64).clip(3, 64)
    train = MadeRows(short if flags.tokens == 0 else np.full(10**5, flags.tokens))
    workers = None
    if flags.count > 1:
        addresses = tuple(f"127.0.0.1:{flags.port if rank == 0 else 0}" for rank in range(flags.count))
        workers = join(Cluster(addresses, flags.rank), 300)

    def sent() -> dict[str, int]:
        return {"bytes": 0 if workers is None else workers.mesh.sent}

    turns = TrainingTurns(requests, {"facts": lambda: {"precision": precision}, "sent": sent})
    training.fine_tune(
        classifier,
        train,  # type: ignore[arg-type]
        None,
        training.Recipe(1, flags.batch_size),
        [Halts(turns)] if flags.rank == 0 else [],
        workers=workers,
        gradient_type=flags.gradient_type,
    )
    turns.end()


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a preset; or base, for random weights of that shape")
    parser.add_argument("--tokens", type=int, required=True, help="of each row; 0 for lengths like those of SST-2")
    parser.add_argument("--batch_size", type=int, required=True)
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("--gradient_type", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="of worker 0")
    return parser.parse_args()


if __name__ == "__main__":
    main()
