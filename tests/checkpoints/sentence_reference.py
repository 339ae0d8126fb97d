"""Makes tests/checkpoints/sentence_reference.npz: small random models and what sentence-transformers computes of them.

Made by `.venv-peers/bin/python tests/checkpoints/sentence_reference.py tests/checkpoints/sentence_reference.npz` with
sentence-transformers 6.2.0. The file holds for each folder the bytes of its files, `NAME/file/PATH`, the texts and
`NAME/output`: vectors, or the scores of a cross-encoder.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.base.modules import Dense, Transformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from transformers import BertConfig, BertModel

TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "cafe", "##s", "##b", ":")
TEXTS = ("a b c", "Café cafes abs", "", "b", "a " * 20, "c: a b unknown")
PAIRS = (("a b", "c"), ("", "b"), ("a " * 9, "b " * 9), ("cafes", "café"))
MODES = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
WANTED = (".json", ".safetensors")


def base(folder: Path) -> str:
    """Writes the encoder that all models have."""
    folder.mkdir()
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(TOKENS), max_position_embeddings=12, initializer_range=0.5, **sizes)
    BertModel(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(TOKENS) + "\n", encoding="utf-8")
    settings = {"do_lower_case": True, "tokenizer_class": "BertTokenizer", "model_max_length": 10}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return str(folder)


def models(encoder: str) -> dict[str, Any]:
    """Makes a model for each way of pooling, and for what may stand around it."""
    made: dict[str, Any] = {}
    for mode in MODES:
        made[mode] = SentenceTransformer(modules=[Transformer(encoder), Pooling(8, mode)])
    short = Transformer(encoder, max_seq_length=6)
    dense = [Dense(16, 5), Dense(5, 3, bias=False, activation_function=torch.nn.Identity())]
    steps = [short, Pooling(8, ("cls", "mean")), *dense, Normalize()]
    prompts = {"query": "c: ", "passage": "a b "}
    made["around"] = SentenceTransformer(modules=steps, prompts=prompts, default_prompt_name="query")
    pooling = Pooling(8, "mean", include_prompt=False)
    made["prompt_left_out"] = SentenceTransformer(
        modules=[Transformer(encoder), pooling], prompts=prompts, default_prompt_name="passage"
    )
    made["score"] = CrossEncoder(encoder, num_labels=1)
    made["number"] = CrossEncoder(encoder, num_labels=1, activation_fn=torch.nn.Identity())
    made["choice"] = CrossEncoder(encoder, num_labels=3)
    return made


def main() -> None:
    """Writes the file that the command line names."""
    arrays: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory() as name:
        for kind, model in models(base(Path(name, "base"))).items():
            if isinstance(model, CrossEncoder):
                with torch.no_grad():
                    for parameter in model.model.classifier.parameters():
                        parameter.normal_()
            folder = Path(name, kind)
            model.save_pretrained(str(folder))
            for path in (path for path in folder.rglob("*") if path.suffix in WANTED):
                arrays[f"{kind}/file/{path.relative_to(folder)}"] = np.frombuffer(path.read_bytes(), np.uint8)
            is_cross = isinstance(model, CrossEncoder)
            arrays[f"{kind}/output"] = model.predict(list(PAIRS)) if is_cross else model.encode(list(TEXTS))
    np.savez_compressed(sys.argv[1], texts=np.array(TEXTS), pairs=np.array(PAIRS), **arrays)


if __name__ == "__main__":
    main()
