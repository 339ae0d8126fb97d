"""A text view of the tokens of a row."""

from rich.text import Text

from bert_keras.data import Encoded
from bert_keras.text import BertTokenizer

_TOKENS_SHOWN = 40


def token_text(rows: Encoded, row: int, tokenizer: BertTokenizer) -> Text:
    """Returns the first 40 tokens of a row and, if it is longer, its number of tokens.

    Args:
        rows: The tokenized rows.
        row: The index of the row.
        tokenizer: The tokenizer of the model.

    Returns:
        The tokens, separated by blanks.
    """
    begin, length = int(rows.begins[row]), int(rows.lengths[row])
    tokens = [tokenizer.id_to_token(int(token)) for token in rows.token_ids[begin : begin + min(length, _TOKENS_SHOWN)]]
    rest = f" … {length} tokens" if length > _TOKENS_SHOWN else ""
    return Text(" ".join(tokens) + rest)
