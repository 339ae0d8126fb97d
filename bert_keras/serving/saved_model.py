"""Export of a model as a SavedModel that takes raw strings, in the folder layout of TF Serving."""

import errno
import math
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import tensorflow as tf

from bert_keras.errors import BertKerasError, ExportError, InputError
from bert_keras.files.system_errors import error_of_writing
from bert_keras.models import MaskedLM, SpanExtractor, TextClassifier, TextEncoder, TokenClassifier
from bert_keras.models.low_rank import merged
from bert_keras.serving.agreement import Row, write_agreement
from bert_keras.serving.calibration_file import write_calibration
from bert_keras.serving.classifier_signatures import ClassifierSignatures
from bert_keras.serving.encoder import GRAPH_LIMIT, ServedWeights
from bert_keras.serving.encoder.weights import Storage
from bert_keras.serving.encoder_signatures import EncoderSignatures
from bert_keras.serving.load_guard import LoadGuard
from bert_keras.serving.masked_signatures import MaskedSignatures
from bert_keras.serving.span_signatures import SpanSignatures
from bert_keras.serving.tagger_signatures import TaggerSignatures
from bert_keras.serving.versions import versions
from bert_keras.serving.warmup import warmup_requests, write_warmup

Exported: TypeAlias = TextClassifier | SpanExtractor | TokenClassifier | TextEncoder | MaskedLM
Precision: TypeAlias = Literal["float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16")
SIGNATURES = ("strings", "token_ids", "explain", "embed", "fill_mask")
"""The signatures that an export can have: `serving_default`, which takes strings, and others by their names."""
_OF_TASKS: dict[type, tuple[str, tuple[str, ...]]] = {
    TextClassifier: ("a classifier", ("strings", "token_ids", "explain", "embed")),
    SpanExtractor: ("a reader", ("strings", "token_ids")),
    TokenClassifier: ("a token classifier", ("strings", "token_ids")),
    TextEncoder: ("a text encoder", ("strings", "token_ids", "embed")),
    MaskedLM: ("a masked language model", ("strings", "token_ids", "fill_mask")),
}
USUAL_SIGNATURES = ("strings", "token_ids")


def export(
    task: Exported,
    base: str | Path,
    *,
    precision: Precision = "float32",
    signatures: Sequence[str] = USUAL_SIGNATURES,
    weights: Storage | None = None,
    compared: Sequence[Row] = (),
) -> Path:
    """Exports a model as the next version in its folder.

    The version is written under a temporary name and renamed once it is complete, since TF Serving polls the folder and
    takes every name that is a number for a version. Attention heads that add nothing, as those of
    `insight.masked_heads`, are left out of it, unless it has the signature `explain`, which tells their attention.

    Args:
        task: The model with its preprocessor, in float32. Adapters are merged into the written weights; the model
            itself is not changed.
        base: The model's folder, e.g. `saved_models/reviews`; its name is the model's name in TF Serving.
        precision: What the encoder computes in. bfloat16 is for processors that have it (AVX512-BF16, AMX) and several
            times slower on others. Inputs and outputs are the same.
        signatures: Some of `SIGNATURES`. Without any on strings the export needs no op of tensorflow-text, and can be
            converted for LiteRT.
        weights: Where the matrices are, see `ServedWeights`. `None` means in the graph up to `GRAPH_LIMIT` bytes.
        compared: Rows (texts, (text, pair) or (question, context) tuples) whose answers in float32 are kept in the
            export, for `check` to compare with.

    Returns:
        The version's folder, e.g. `saved_models/reviews/1`.

    Raises:
        ExportError: The model has no preprocessor or is not in float32, or the folder cannot be written.
        InputError: There is no such precision or signature, or the model has no such signature.
    """
    _check(task, precision, signatures)
    if compared and isinstance(task, TextEncoder | MaskedLM):
        gives = "a text encoder gives vectors" if isinstance(task, TextEncoder) else "a masked language model has many"
        raise InputError(f"rows are compared by their answers, and {gives}; leave compared out")
    base = Path(base)
    try:
        base.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=base))
        try:
            _save(task, aside, precision, signatures, weights)
            write_warmup(aside, base.resolve().name, warmup_requests(task, signatures))
            write_calibration(aside, task)
            if compared and "strings" in signatures and not isinstance(task, TextEncoder | MaskedLM):
                write_agreement(aside, task, compared)
            aside.chmod(0o755)
            return _publish(aside, base)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except BertKerasError:
        raise
    except Exception as error:  # of a full disk TensorFlow says that a resource is exhausted, as it does of memory
        number = error_of_writing(error)
        if number is None and not isinstance(error, OSError):
            raise
        why = getattr(error, "strerror", error) if number is None else os.strerror(number)
        raise ExportError(f"{base}: the export cannot be written ({why})") from error


def _check(task: Exported, precision: str, signatures: Sequence[str]) -> None:
    if precision not in PRECISIONS:
        raise InputError(f"precision must be one of {', '.join(PRECISIONS)}. Received: {precision!r}")
    unknown = [name for name in signatures if name not in SIGNATURES]
    if unknown or not signatures or len(set(signatures)) != len(signatures):
        raise InputError(f"signatures must be different ones of {', '.join(SIGNATURES)}. Received: {signatures!r}")
    what, known = next(told for of, told in _OF_TASKS.items() if isinstance(task, of))
    other = next((name for name in signatures if name not in known), None)
    if other is not None:
        raise InputError(f"{what} has the signatures {', '.join(known[:-1])} and {known[-1]}. Received: {other}")
    if task.preprocessor is None:
        raise ExportError("an export takes strings, and the model has no preprocessor to tokenize them")
    policy = task.backbone.dtype_policy
    if policy.compute_dtype != "float32":
        raise ExportError(
            f"the weights are read in float32: load the preset with dtype='float32', and say precision='bfloat16'. "
            f"Received: {policy.name}"
        )


def _save(
    task: Exported,
    folder: Path,
    precision: Precision,
    signatures: Sequence[str],
    storage: Storage | None,
) -> None:
    # The module holds bare variables, and the signatures' closures hold the model. A Keras model as an attribute would
    # load in Python but not in C++.
    module = tf.Module()
    with merged(task):
        weights = ServedWeights(precision, storage or usual_storage(task, precision))
        loops, every_head = tuple(signatures) != ("token_ids",), "explain" in signatures
        makes = signatures_of(task, weights, loops, every_head)
        functions = {name: made for part in signatures for name, made in getattr(makes, part)().items()}
        # Traced to make the variables, which the module must hold when it is saved: saving traces all anew. The
        # signature on strings has the weights of that on token ids, and the tokenizer takes long to trace.
        traced = makes.token_ids() | functions
        traced.pop("serving_default", None)
        for function in traced.values():
            function.get_concrete_function()
        module.weights = weights.variables
        module.guard = LoadGuard(list(weights.variables.values()))
        if "strings" in signatures:
            module.serve = _of_dict(functions["serving_default"], makes.inputs)
        # Not as the concrete functions from above: `serve` is traced anew while it is saved, and would bring a second
        # copy of all constants.
        tf.saved_model.save(module, str(folder), signatures=functions)


def signatures_of(
    task: Exported, weights: ServedWeights, loops: bool = True, every_head: bool = False
) -> ClassifierSignatures | SpanSignatures | TaggerSignatures | EncoderSignatures | MaskedSignatures:
    """Returns what makes the signatures of a model; its adapters must have been merged."""
    if isinstance(task, SpanExtractor):
        return SpanSignatures(task, weights, loops)
    if isinstance(task, TextEncoder):
        return EncoderSignatures(task, weights, loops)
    if isinstance(task, MaskedLM):
        return MaskedSignatures(task, weights, loops)
    if isinstance(task, TokenClassifier):
        return TaggerSignatures(task, weights, loops)
    return ClassifierSignatures(task, weights, loops, every_head)


def usual_storage(task: Exported, precision: Precision) -> Storage:
    """Returns where the matrices of a model are: in the graph, unless it were too large."""
    count = sum(math.prod(weight.shape) for layer in task.backbone.transformer_layers for weight in layer.weights)
    return "graph" if count * tf.as_dtype(precision).size <= GRAPH_LIMIT else "variables"


def _of_dict(
    function: tf.types.experimental.GenericFunction, inputs: dict[str, tf.TensorSpec]
) -> tf.types.experimental.GenericFunction:
    """Returns a function of one dict, the endpoint that `keras.layers.TFSMLayer` calls if none is named."""
    return tf.function(lambda given: function(**given), input_signature=[inputs], autograph=False)


def _publish(aside: Path, base: Path) -> Path:
    """Renames the folder to the next free number, even if another export takes one at the same time."""
    while True:
        target = base / str(max(versions(base), default=0) + 1)
        try:
            return aside.rename(target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
