"""Tokenizes texts with transformers, with the interpreter of .venv-peers.

`peer_tokenizer.py INPUTS.json OUT.json` reads `folders`, `texts` and `pairs`, and writes the rows of each folder.
"""

import json
import sys
from pathlib import Path
from typing import Any

import transformers


def rows(folder: str, texts: list[str], pairs: list[str]) -> dict[str, Any]:
    """Tokenizes texts, alone and in pairs.

    Args:
        folder: A Hugging Face folder.
        texts: The texts.
        pairs: The second text of each.

    Returns:
        The token ids of each text and of each pair, the segment ids of the pairs if the tokenizer gives any, and the
        number of tokens that rows are cut to.
    """
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    both = tokenizer(texts, pairs)
    return {
        "texts": tokenizer(texts)["input_ids"],
        "pairs": both["input_ids"],
        "segments": both.get("token_type_ids"),
        "length": tokenizer.model_max_length,
    }


def main() -> None:
    """Does what the command line says."""
    _, source, out = sys.argv
    asked = json.loads(Path(source).read_text(encoding="utf-8"))
    found = {folder: rows(folder, asked["texts"], asked["pairs"]) for folder in asked["folders"]}
    Path(out).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
