"""The vectors of rows, and what a model or a fast classifier says of their labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras import labelling, models, serving
from bert_keras.classification import Classification
from bert_keras.errors import CheckpointError, InputError
from bert_keras.insight.sentence_vectors import mean_vectors
from bert_keras.labelling import Judged, LabelName
from bert_keras.models import TextClassifier, load_text_encoder

from ..console.consoles import errors
from ..console.progress import counted_rows
from .config import SuggestConfig

_AT_A_TIME = 1024


@dataclass(frozen=True)
class JudgedRows:
    """Vectors of rows, and what is known of their labels.

    Attributes:
        vectors: The vectors, `[rows, size]`.
        judged: The probabilities of labels; `None` where nothing is known of labels.
        by_names: What the names of labels alone say; `None` without `--labels`.
    """

    vectors: np.ndarray
    judged: Judged | None
    by_names: Judged | None = None


def judged_rows(
    config: SuggestConfig, texts: Sequence[str], labels: Sequence[str | None], names: Sequence[LabelName]
) -> JudgedRows:
    """Computes vectors, and the probabilities of labels.

    Args:
        config: The options.
        texts: The texts of all rows.
        labels: The label of each row, `None` where it has none.
        names: The labels of `--labels`.

    Returns:
        What is known of the rows.

    Raises:
        BertKerasError: The model does not fit.
    """
    if _is_classifier(config):
        return _by_classifier(config, texts, labels, names)
    encoder = load_text_encoder(config.model, max_length=config.max_length, dtype="float32")
    parts = []
    with counted_rows(errors, "embedding", len(texts)) as advance:
        for first in range(0, len(texts), _AT_A_TIME):
            parts.append(encoder.encode(texts[first : first + _AT_A_TIME], token_budget=config.token_budget))
            advance(len(parts[-1]))
    vectors = np.concatenate(parts)
    if not np.isfinite(vectors).all():
        raise InputError(f"{config.model}: the vectors of the model are not finite numbers; its weights are damaged")
    if not names:
        return JudgedRows(vectors, labelling.judged_by_rows(vectors, labels))
    described = encoder.encode([each.description for each in names])
    by_names = Judged(tuple(each.name for each in names), labelling.zero_shot(vectors, described))
    both = labelling.judged_by_rows(vectors, labels, by_names.labels, described) if any(labels) else by_names
    return JudgedRows(vectors, both, by_names)


def _is_classifier(config: SuggestConfig) -> bool:
    if serving.saved_inputs(config.model) is not None:
        raise InputError(
            f"{config.model}: rows are compared by a model's vectors, which an export does not show; name the run"
        )
    try:
        found = models.task_class(config.model, config.base)
    except CheckpointError:  # no head: what it is, loading it as an encoder says
        return False
    return issubclass(found, TextClassifier)


def _by_classifier(
    config: SuggestConfig, texts: Sequence[str], labels: Sequence[str | None], names: Sequence[LabelName]
) -> JudgedRows:
    model = TextClassifier.from_preset(config.model, base=config.base, max_length=config.max_length, dtype="float32")
    if model.task != "single_label":
        raise InputError(
            f"{config.model}: suggestions are for rows with one label each. Received: a model for {model.task}"
        )
    if models.takes_pairs(config.model):
        raise InputError(f"{config.model}: suggestions are for single texts, and the model takes pairs of texts")
    if names:
        raise InputError(f"{config.model}: the model knows its labels by itself; leave --labels out")
    new = sorted({label for label in labels if label is not None} - set(model.labels))
    if new:
        raise InputError(
            f"{config.model}: the model does not know a label that rows have. Received: {new[0]!r:.80}; train it anew, "
            "or leave --model out"
        )
    with counted_rows(errors, "vectors", len(texts)) as advance:
        vectors = mean_vectors(model, texts, advance)
    found = np.zeros([len(texts), len(model.labels)], np.float32)
    with counted_rows(errors, "predicting", len(texts)) as advance:
        for row, answer in enumerate(model.classify_stream(texts, config.token_budget)):
            assert isinstance(answer, Classification)  # of a model for single labels
            found[row] = [answer.probabilities[label] for label in model.labels]
            advance(1)
    return JudgedRows(vectors, Judged(tuple(model.labels), found))
