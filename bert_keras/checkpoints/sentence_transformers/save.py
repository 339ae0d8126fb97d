"""Writes what makes a Hugging Face folder one of sentence-transformers: its modules beside the encoder."""

from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.checkpoints.files import write_json
from bert_keras.checkpoints.safetensors_files import SINGLE_FILE, write_safetensors
from bert_keras.checkpoints.sentence_transformers.modules import (
    ACTIVATIONS,
    ENCODER_FILE,
    MODULES_FILE,
    OLD_POOLINGS,
    POOLING_FOLDER,
    POOLINGS,
    SETTINGS_FILE,
)
from bert_keras.errors import InputError

# Class paths that all versions from 2 on resolve; those of version 6 are aliases of these.
_MODULES = "sentence_transformers.models."
_TORCH = {"linear": "linear.Identity"}


def write_modules(encoder: Any, folder: Path) -> None:
    """Writes the list of modules, the pooling, the dense layers and the prompts of a text encoder.

    Args:
        encoder: A `TextEncoder`.
        folder: The folder that holds the encoder's Hugging Face files.

    Raises:
        InputError: sentence-transformers has no name for an activation of a dense layer.
    """
    listed = [("Transformer", ""), ("Pooling", POOLING_FOLDER)]
    dense = iter(encoder.head_dense)
    for place, step in enumerate(encoder.after, start=2):
        kind = "Normalize" if isinstance(step, str) else "Dense"
        listed.append((kind, f"{place}_{kind}"))
        if kind == "Dense":
            _write_dense(next(dense), step["activation"], folder / f"{place}_{kind}")
    pooling = {
        "word_embedding_dimension": encoder.backbone.hidden_dim,
        "pooling_mode": list(encoder.pooling) if len(encoder.pooling) > 1 else encoder.pooling[0],
        **{old: mode in encoder.pooling for mode, old in zip(POOLINGS, OLD_POOLINGS, strict=True)},
        "include_prompt": encoder.include_prompt,
    }
    (folder / POOLING_FOLDER).mkdir()
    write_json(folder / POOLING_FOLDER / "config.json", pooling)
    write_json(folder / ENCODER_FILE, {"max_seq_length": encoder.preprocessor.max_length, "do_lower_case": False})
    settings = {"prompts": encoder.prompts, "default_prompt_name": encoder.default_prompt}
    write_json(folder / SETTINGS_FILE, settings | {"similarity_fn_name": "cosine"})
    modules = [
        {"idx": place, "name": str(place), "path": path, "type": _MODULES + kind}
        for place, (kind, path) in enumerate(listed)
    ]
    write_json(folder / MODULES_FILE, modules)


def _write_dense(layer: Any, activation: str, folder: Path) -> None:
    named = {ours: theirs for theirs, ours in ACTIVATIONS.items()}.get(activation)
    if named is None:
        raise InputError(f"sentence-transformers knows {', '.join(ACTIVATIONS.values())}. Received: {activation!r}")
    kernel, bias = layer.get_weights()
    path = _TORCH.get(activation, f"activation.{named}")
    folder.mkdir()
    write_json(
        folder / "config.json",
        {
            "in_features": kernel.shape[0],
            "out_features": kernel.shape[1],
            "bias": True,
            "activation_function": f"torch.nn.modules.{path}",
        },
    )
    write_safetensors({"linear.weight": np.ascontiguousarray(kernel.T), "linear.bias": bias}, folder / SINGLE_FILE)
