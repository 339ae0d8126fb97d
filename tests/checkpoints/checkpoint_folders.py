"""Writes tiny checkpoints of random weights, intact or broken, in the formats of Hugging Face and of Google."""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from safetensors.numpy import save_file

from bert_keras import BertBackbone

VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "café", "cafe", "##s")
CONFIG: dict[str, Any] = {
    "architectures": ["BertModel"],
    "model_type": "bert",
    "vocab_size": len(VOCABULARY),
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "hidden_size": 8,
    "intermediate_size": 16,
    "max_position_embeddings": 12,
}
CLASSIFIER = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "no", "1": "maybe", "2": "yes"}}
SPAN_EXTRACTOR = {"architectures": ["BertForQuestionAnswering"]}
Tensors = dict[str, np.ndarray]


def tensors(pooler: bool = True, labels: int = 0, layers: int = 2, seed: int = 0, spans: bool = False) -> Tensors:
    """Makes the tensors that fit `CONFIG`, all of them random, under the names that transformers writes."""
    hidden, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (CONFIG["vocab_size"], hidden),
        "embeddings.position_embeddings.weight": (CONFIG["max_position_embeddings"], hidden),
        "embeddings.token_type_embeddings.weight": (2, hidden),
    }
    norms, matrices = ["embeddings.LayerNorm"], dict[str, tuple[int, ...]]()
    for layer in (f"encoder.layer.{number}" for number in range(layers)):
        matrices |= {f"{layer}.attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")}
        matrices |= {f"{layer}.attention.output.dense": (hidden, hidden)}
        matrices |= {f"{layer}.intermediate.dense": (inner, hidden), f"{layer}.output.dense": (hidden, inner)}
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    matrices |= {"pooler.dense": (hidden, hidden)} if pooler else {}
    matrices |= {"classifier": (labels, hidden)} if labels else {}
    matrices |= {"qa_outputs": (2, hidden)} if spans else {}
    shapes |= {f"{name}.weight": shape for name, shape in matrices.items()}
    shapes |= {f"{name}.bias": shape[:1] for name, shape in matrices.items()}
    shapes |= {f"{name}.{part}": (hidden,) for name in norms for part in ("weight", "bias")}
    # Seeded by name, so that a tensor has the same values whatever others there are.
    return {
        name: np.random.default_rng([seed, zlib.crc32(name.encode())]).normal(0, 0.5, shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def write_json(path: Path, content: object) -> Path:
    """Writes a JSON file."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_vocabulary(path: Path, vocabulary: tuple[str, ...] = VOCABULARY) -> None:
    """Writes a vocab.txt."""
    path.write_text("".join(f"{token}\n" for token in vocabulary), encoding="utf-8")


def write_hugging_face(folder: Path, weights: Tensors | None = None, **config: Any) -> Path:
    """Writes a whole Hugging Face folder of an uncased model; keyword arguments change its config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", CONFIG | config)
    write_json(folder / "tokenizer_config.json", {"do_lower_case": True})
    write_vocabulary(folder / "vocab.txt")
    save_file(tensors() if weights is None else weights, folder / "model.safetensors")
    return folder


def write_classifier(folder: Path, weights: Tensors | None = None, **config: Any) -> Path:
    """Writes a Hugging Face folder of a classifier with three labels."""
    return write_hugging_face(folder, tensors(labels=3) if weights is None else weights, **(CLASSIFIER | config))


def write_span_extractor(folder: Path, weights: Tensors | None = None, **config: Any) -> Path:
    """Writes a Hugging Face folder of a model for question answering, which has no pooler."""
    weights = tensors(pooler=False, spans=True) if weights is None else weights
    return write_hugging_face(folder, weights, **(SPAN_EXTRACTOR | config))


def write_google(
    folder: Path,
    weights: Tensors,
    others: Mapping[str, np.ndarray] | None = None,
    prefix: str = "bert_model.ckpt",
    **config: Any,
) -> Path:
    """Writes a folder as Google released them; `others` are tensors of the checkpoint beside the encoder's."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = {name: value for name, value in CONFIG.items() if name not in ("architectures", "model_type")}
    write_json(folder / "bert_config.json", raw | config)
    write_vocabulary(folder / "vocab.txt")
    stored = dict(_google_tensor(name, tensor) for name, tensor in weights.items()) | dict(others or {})
    write_variables(folder / prefix, stored)
    return folder


def write_variables(prefix: Path, stored: Mapping[str, np.ndarray]) -> None:
    """Writes a TensorFlow checkpoint."""
    names = sorted(stored)
    tf.raw_ops.SaveV2(
        prefix=str(prefix),
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[tf.constant(stored[name]) for name in names],
    )


def cut(path: Path, kept: float) -> None:
    """Leaves the first part of a file; nothing kept removes it."""
    content = path.read_bytes()
    path.unlink()
    if kept:
        path.write_bytes(content[: int(kept * len(content))])


def outputs(backbone: BertBackbone) -> dict[str, np.ndarray]:
    """Runs a backbone on a padded batch."""
    token_ids = np.array([[2, 5, 6, 9, 3], [2, 7, 3, 0, 0]], np.int32)
    inputs = {"token_ids": token_ids, "segment_ids": np.array([[0, 0, 1, 1, 1], [0] * 5], np.int32)}
    inputs["padding_mask"] = (token_ids != 0).astype(np.int32)
    return {name: np.asarray(value) for name, value in backbone(inputs, training=False).items()}


def difference(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]) -> float:
    """Returns the largest difference between two models' outputs of the same names."""
    assert sorted(first) == sorted(second)
    return max(float(np.abs(first[name] - second[name]).max()) for name in first)


def _google_tensor(name: str, tensor: np.ndarray) -> tuple[str, np.ndarray]:
    """A tensor as the BERT release names and keeps it: kernels are `[inputs, outputs]`."""
    is_kernel = "embeddings" not in name and "LayerNorm" not in name and name.endswith(".weight")
    for theirs, google in (
        ("encoder.layer.", "encoder.layer_"),
        ("_embeddings.weight", "_embeddings"),
        ("LayerNorm.weight", "LayerNorm.gamma"),
        ("LayerNorm.bias", "LayerNorm.beta"),
        (".weight", ".kernel"),
    ):
        name = name.replace(theirs, google)
    return "bert/" + name.replace(".", "/"), np.ascontiguousarray(tensor.T) if is_kernel else tensor
