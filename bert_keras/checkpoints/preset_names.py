"""The names of presets: those of this project and of KerasHub, handles of hubs, and folders."""

from pathlib import Path

from bert_keras.checkpoints.bundled import DEFAULT_PRESET, READER
from bert_keras.checkpoints.unreadable import unreadable_file
from bert_keras.errors import PresetError

HUGGING_FACE, KAGGLE = "hf://", "kaggle://"
"""The prefixes of handles."""
# A copy of KerasHub's list, because reading that imports TensorFlow, for which the error of a wrong name must not wait.
KERAS_HUB_NAMES = (
    "bert_tiny_en_uncased",
    "bert_small_en_uncased",
    "bert_medium_en_uncased",
    "bert_base_en_uncased",
    "bert_base_en",
    "bert_base_zh",
    "bert_base_multi",
    "bert_large_en_uncased",
    "bert_large_en",
    "bert_tiny_en_uncased_sst2",
    "all_minilm_l6_v2_en",
    "all_minilm_l6_v1_en",
    "all_minilm_l12_v2_en",
    "paraphrase_minilm_l3_v2_en",
    "paraphrase_minilm_l6_v2_en",
    "paraphrase_minilm_l12_v2_en",
    "multi_qa_minilm_l6_cos_v1_en",
    "multi_qa_minilm_l6_dot_v1_en",
    "msmarco_minilm_l6_cos_v5_en",
    "msmarco_minilm_l12_cos_v5_en",
    "bge_small_en",
    "bge_base_en",
    "bge_large_en",
    "bge_base_zh",
    "bge_large_zh",
    "bge_llm_embedder",
    "multilingual_e5_small",
    "mxbai_embed_large_v1_en",
    "mxbai_embed_2d_large_v1_en",
    "mxbai_embed_xsmall_v1_en",
)
"""The names of the BERT presets of KerasHub 0.32."""


def check_named(preset: str | Path) -> None:
    """Checks that a preset is a known name, a handle or a folder, without reading its files.

    Args:
        preset: The name, handle or folder; see `bert_keras.checkpoints.locate`.

    Raises:
        PresetError: It is none of these.
    """
    name = str(preset)
    known = name in (DEFAULT_PRESET, READER, *KERAS_HUB_NAMES) or name.startswith((HUGGING_FACE, KAGGLE))
    if known or Path(name).is_dir():
        return
    if Path(name).is_file() and (said := unreadable_file(Path(name))):
        raise PresetError(f"{name}: {said}")
    what = "a file" if Path(name).is_file() else "no folder and no known name"
    names = ", ".join((DEFAULT_PRESET, READER, *(name for name in KERAS_HUB_NAMES if "bert_" in name)))
    raise PresetError(
        f"{name}: {what}. Name a folder with a BERT (its config.json, weights and vocabulary), hf://USER/MODEL, "
        f"kaggle://USER/MODEL/keras/VARIANT, or one of: {names}"
    )
