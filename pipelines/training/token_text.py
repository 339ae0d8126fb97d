"""A row as the tokens that the model reads."""

from rich.text import Text

from bert_keras.data import Encoded
from bert_keras.text import BertTokenizer

_TOKENS_SHOWN = 40


def token_text(rows: Encoded, row: int, tokenizer: BertTokenizer) -> Text:
    """Writes the first tokens of a row, and how many there are.

    Args:
        rows: The rows.
        row: Which of them.
        tokenizer: Of the model.

    Returns:
        The tokens.
    """
    begin, length = int(rows.begins[row]), int(rows.lengths[row])
    tokens = [tokenizer.id_to_token(int(token)) for token in rows.token_ids[begin : begin + min(length, _TOKENS_SHOWN)]]
    rest = f" … {length} tokens" if length > _TOKENS_SHOWN else ""
    return Text(" ".join(tokens) + rest)
