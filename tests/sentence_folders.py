"""Folders of sentence-transformers, made of folders with an encoder."""

import json
from pathlib import Path


def as_sentence_model(folder: Path) -> Path:
    """Makes a Hugging Face folder with an encoder one of sentence-transformers: the mean of its tokens.

    Args:
        folder: The folder, which may also hold a classifier's head.

    Returns:
        The folder.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BertModel"]}), encoding="utf-8")
    kinds = ("Transformer", ""), ("Pooling", "1_Pooling")
    modules = [
        {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for place, (kind, path) in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    pooling = {"word_embedding_dimension": config["hidden_size"], "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling), encoding="utf-8")
    return folder
