"""Profiles training steps: the time by kind of work, and the matrix products' share of the machine's peak.

The steps are those of `fine_tune` in TensorFlow's own profiler: of MiniLM on SST-2, or of a random BERT of base shape
on rows of 128 tokens. Kernels that run at the same time are each counted in full, so that they add up to more than a
step by the clock; the share of the peak that matters is that of the whole step, in the last line.
"""

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from peers import tables
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

WARM = 10  # steps before the profile
PEAK_SHAPE = (4096, 384, 1536)
# A kernel's kind is the first whose pattern matches its "name:Op". Gradients defined by hand have no layer's name.
KINDS = {
    "batched matrix products": r":.*BatchMatMul",
    "matrix products": r":.*MatMul",
    "optimizer: Adam and decay": r":ResourceApply|:ResourceScatter|:AssignSub",
    "optimizer: clipping, embedding rows": r"adam_w|:L2Loss|:Unique|:UnsortedSegmentSum",
    "dropout: random bits, masks": r"dropout",
    "gradients of biases": r":BiasAddGrad",
    "transposes": r":.*Transpose",
    "softmax": r":.*Softmax",
    "layer norm, gelu, adding, gradients": r":(Mul|AddV2|AddN|Sub|Square|Mean|Sum|Rsqrt|Exp|Erf|BiasAdd)$",
}
REST = "rest"
_KERNEL = re.compile(r"[^:]*:_?[A-Z]\w*")  # "scope/name:Op"; wrappers have other names


def main() -> int:
    """Trains, profiles, and prints a table."""
    flags = parse()
    import_tensorflow()
    with tempfile.TemporaryDirectory() as name:
        seconds, flops = profiled(flags, Path(name))
        kernels = list(kernels_of(Path(name)))
    peak = matmul_peak()
    Console().print(table_of(kernels, seconds, flops, peak, flags))
    if flags.kernels:
        Console().print(table_of_kernels(kernels, len(seconds), flags.kernels))
    return 0


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder that holds sst2/; --model base needs none")
    parser.add_argument("--model", choices=("minilm", "base"), default="minilm", help="default %(default)s")
    parser.add_argument("--steps", type=int, help="to profile; default 40, base 4")
    parser.add_argument(
        "--kernels", type=int, default=0, help="how many of the costliest ops to list as well, default %(default)s"
    )
    parser.add_argument(
        "--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="default %(default)s"
    )
    flags = parser.parse_args()
    if flags.data is None and flags.model == "minilm":
        parser.error("--data is needed: the folder that holds sst2/")
    flags.steps = flags.steps or (4 if flags.model == "base" else 40)
    return flags


def profiled(flags: argparse.Namespace, folder: Path) -> tuple[list[float], tuple[float, float]]:
    """Trains with the profiler on, and writes the profile into the folder.

    Args:
        flags: The command line.
        folder: The folder for the profile and temporary files.

    Returns:
        The seconds of each step, and the floating-point operations of the matrix products, plain and batched.
    """
    from peers.bert_keras_training import made

    from bert_keras import checkpoints, data, training
    from bert_keras.data.batches import training_steps

    model = "base" if flags.model == "base" else checkpoints.DEFAULT_PRESET
    classifier, _ = made(argparse.Namespace(model=model, precision=flags.precision, seed=0))
    preprocessor = classifier.preprocessor
    if flags.model == "base":
        vocabulary = checkpoints.locate(checkpoints.DEFAULT_PRESET) / "vocab.txt"
        table = tables.random_steps(WARM + flags.steps, vocabulary, folder)
    else:
        table = tables.sst2(flags.data, "train.tsv")
    rows = data.encode(
        data.Source(str(table), task="single_label"), preprocessor.pack, preprocessor.fingerprint, folder / "cache"
    )
    rows = rows.with_labels(classifier.labels)
    recipe, seconds = training.Recipe(epochs=1, batch_size=32), list[float]()
    training.fine_tune(classifier, rows, None, recipe, [profiling(classifier, folder, flags.steps, seconds)])
    plan = training_steps(rows.lengths, recipe.batch_size, recipe.token_budget, recipe.seed, 0)
    shapes = [rows.batch(some)[0]["token_ids"].shape for passes in plan[WARM : WARM + flags.steps] for some in passes]
    return seconds, operations(classifier.backbone, shapes)


def profiling(classifier: Any, folder: Path, count: int, seconds: list[float]) -> Any:
    """Returns a callback that profiles `count` steps after the warm-up, notes their seconds, and ends the training."""
    import keras
    import tensorflow as tf

    begun = [0.0]

    def begin(step: int, logs: Any) -> None:
        if step == WARM:
            tf.profiler.experimental.start(str(folder))
        begun[0] = time.perf_counter()

    def end(step: int, logs: Any) -> None:
        if step >= WARM:
            seconds.append(time.perf_counter() - begun[0])
        if len(seconds) == count:
            tf.profiler.experimental.stop()
            classifier.stop_training = True

    return keras.callbacks.LambdaCallback(on_train_batch_begin=begin, on_train_batch_end=end)


def operations(backbone: Any, shapes: list[tuple[int, int]]) -> tuple[float, float]:
    """Computes the floating-point operations of the encoder's matrix products, forward and backward.

    Args:
        backbone: The encoder.
        shapes: The number of rows and tokens of each batch.

    Returns:
        The operations of products with weights, and those of attention. In the last layer only the row of `[CLS]` is
        computed, apart from keys and values.
    """
    hidden, wide, layers = backbone.hidden_dim, backbone.intermediate_dim, backbone.num_layers
    of_row = 2 * hidden * hidden + 2 * hidden * wide  # query, output, and feed-forward
    plain = batched = 0.0
    for rows, tokens in shapes:
        plain += rows * tokens * (layers * 2 * hidden * hidden + (layers - 1) * of_row) + rows * of_row
        batched += rows * 2 * hidden * tokens * ((layers - 1) * tokens + 1)
    # Each product counts as a multiplication and an addition; the backward pass has two products for each forward one.
    return 6 * plain, 6 * batched


def kernels_of(folder: Path) -> Iterator[tuple[str, str, float]]:
    """Yields the name, op and seconds of each kernel in a profile."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    space = xplane_pb2.XSpace()
    (file,) = folder.rglob("*.xplane.pb")
    space.ParseFromString(file.read_bytes())
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                if _KERNEL.fullmatch(name):
                    yield *name.rsplit(":", 1), event.duration_ps / 1e12


def kind_of(name: str, op: str) -> str:
    """Returns the kind of work of a kernel."""
    return next((kind for kind, pattern in KINDS.items() if re.search(pattern, f"{name}:{op}")), REST)


def matmul_peak() -> float:
    """Measures the peak of TensorFlow's float32 matrix product, in operations per second: the best of 30 runs."""
    import tensorflow as tf

    rows, inner, columns = PEAK_SHAPE
    left, right = tf.random.normal([rows, inner]), tf.random.normal([inner, columns])
    product = tf.function(lambda: tf.matmul(left, right)[0, 0], autograph=False)
    seconds = []
    for _ in range(30):
        begun = time.perf_counter()
        product().numpy()
        seconds.append(time.perf_counter() - begun)
    return 2 * rows * inner * columns / min(seconds)


def table_of(
    kernels: list[tuple[str, str, float]],
    seconds: list[float],
    flops: tuple[float, float],
    peak: float,
    flags: argparse.Namespace,
) -> Table:
    """Returns a table with a line per kind of work, costliest first."""
    steps = len(seconds)
    kinds: Counter[str] = Counter()
    for name, op, time_taken in kernels:
        kinds[kind_of(name, op)] += time_taken
    whole, wall = kinds.total(), sum(seconds)
    operations = dict(zip(("matrix products", "batched matrix products"), flops, strict=True))
    title = f"{flags.model}, {steps} step(s) of 32 rows; peak of the matrix product: {peak / 1e9:,.0f} GFLOPS"
    table = Table("", "ms a step", "share", "GFLOPS", "of the peak", title=title)
    for kind, spent in kinds.most_common():
        reached = operations[kind] / spent if kind in operations else None
        cells = ("", "") if reached is None else (f"{reached / 1e9:,.0f}", f"{reached / peak:.0%}")
        table.add_row(kind, f"{1e3 * spent / steps:.1f}", f"{spent / whole:.1%}", *cells)
    table.add_section()
    reached = sum(flops) / wall
    table.add_row("all kernels", f"{1e3 * whole / steps:.1f}", "100.0%")
    table.add_row(
        "a step by the clock", f"{1e3 * wall / steps:.1f}", "", f"{reached / 1e9:,.0f}", f"{reached / peak:.0%}"
    )
    return table


def table_of_kernels(kernels: list[tuple[str, str, float]], steps: int, count: int) -> Table:
    """Returns a table of the `count` ops that took longest."""
    spent: Counter[tuple[str, str]] = Counter()
    calls: Counter[tuple[str, str]] = Counter()
    for name, op, seconds in kernels:
        spent[kind_of(name, op), op] += seconds
        calls[kind_of(name, op), op] += 1
    table = Table("kind of work", "op", "ms a step", "calls a step")
    for (kind, op), seconds in spent.most_common(count):
        table.add_row(kind, op, f"{1e3 * seconds / steps:.2f}", f"{calls[kind, op] / steps:.1f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
