"""The parts of a classifier of pairs that pre-training leaves: the encoder and the head of pairs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras import checkpoints
from bert_keras.errors import CheckpointError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.masked_lm import MaskedLM
from bert_keras.models.pair_head import PAIR_HEAD, pair_dense
from bert_keras.models.text_classifier_preprocessor import TextClassifierPreprocessor
from bert_keras.text import PAIR_LABELS


@dataclass(frozen=True)
class PreTrainedPairs:
    """A pre-trained encoder with a head of pairs.

    Attributes:
        backbone: The encoder, with a pooler.
        preprocessor: The preprocessor.
        labels: The names of the outputs.
        weights: The kernel `[hidden, 2]` and the bias `[2]` of the head.
        dropout: The dropout rate before the head, for further training.
    """

    backbone: BertBackbone
    preprocessor: TextClassifierPreprocessor
    labels: tuple[str, str]
    weights: list[np.ndarray]
    dropout: float = 0.1


def read_pairs(preset: str, base: str | None, dtype: Any) -> PreTrainedPairs:
    """Reads the encoder and the head of pairs of a preset.

    Args:
        preset: The name, handle or folder of the preset.
        base: The model that an adapter stands over, instead of the one that it names.
        dtype: The dtype or dtype policy. `None` means Keras' default.

    Returns:
        The parts.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: The files are broken, or hold no such head.
        InputError: A base is given for a preset that is no adapter.
    """
    folder = checkpoints.locate(preset)
    checkpoints.check_base(folder, base)
    if checkpoints.kind(folder) not in ("bert_keras", "adapter"):
        checkpoint = checkpoints.read(folder, base)
        if {f"{PAIR_HEAD}.weight", "pooler.dense.weight"} <= checkpoint.tensors.keys():
            return _of_checkpoint(checkpoint, dtype)
    elif checkpoints.task_of(folder) == MaskedLM.__name__:
        model = MaskedLM.from_preset(preset, base=base, dtype=dtype)
        if model.pairs is not None and model.pair_dense is not None:
            labels = PAIR_LABELS[model.pairs]
            return PreTrainedPairs(model.backbone, model.preprocessor, labels, model.pair_dense.get_weights())
    raise CheckpointError(
        f"{folder}: there is no next-sentence head in it (cls.seq_relationship, over a pooler), as a "
        "BertForPreTraining holds, and a run of pretrain with --pairs"
    )


def _of_checkpoint(checkpoint: checkpoints.Checkpoint, dtype: Any) -> PreTrainedPairs:
    backbone = BertBackbone.from_checkpoint(checkpoint, pooler=True, dtype=dtype)
    head = pair_dense(backbone)
    checkpoints.assign_places(list(checkpoints.dense(PAIR_HEAD, head, backbone.hidden_dim)), checkpoint)
    return PreTrainedPairs(
        backbone,
        TextClassifierPreprocessor(checkpoint.make_tokenizer(), checkpoint.row_length),
        PAIR_LABELS["next_sentence"],
        head.get_weights(),
        checkpoint.head_dropout,
    )
