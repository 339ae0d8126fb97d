"""Writes a tokenizer as the files that transformers reads."""

from pathlib import Path
from typing import Any

from bert_keras.checkpoints.files import write_json
from bert_keras.checkpoints.hugging_face.families import Family
from bert_keras.checkpoints.hugging_face.tokenizer_files.files import FAST_FILE, SETTINGS_FILE, SLOW_FILE
from bert_keras.checkpoints.hugging_face.tokenizer_files.rules import bert_flags
from bert_keras.checkpoints.hugging_face.tokenizer_files.written import fast_file, settings_file, written_tokens
from bert_keras.text import SPECIAL_TOKENS


def write_tokenizer(tokenizer: Any, max_length: int, family: Family, folder: Path) -> None:
    """Writes the files of a tokenizer: those that suffice, so that old tools read what they can.

    Args:
        tokenizer: A `BertTokenizer`.
        max_length: The maximum number of tokens in a row.
        family: The family of the model, which its class belongs to.
        folder: The folder to write to.
    """
    rules, vocabulary = tokenizer.rules, tokenizer.word_pieces
    ids = {token: tokenizer.token_to_id(token) for token in SPECIAL_TOKENS}
    added = [token for token in tokenizer.added_tokens if token.content not in SPECIAL_TOKENS]
    tokens = written_tokens(ids, added)
    write_json(folder / SETTINGS_FILE, settings_file(rules, max_length, tokens, family))
    is_bert = bert_flags(rules) is not None
    if is_bert:
        text = "".join(f"{token}\n" for token in vocabulary)
        (folder / SLOW_FILE).write_text(text, encoding="utf-8", newline="\n")
    if added or not is_bert:
        write_json(folder / FAST_FILE, fast_file(vocabulary, rules, tokens))
