"""The tables of a reader's dry run: the question words, and some windows as tokens."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from rich.table import Table
from rich.text import Text

from bert_keras import qa
from bert_keras.data import Encoded, WindowedQuestions
from bert_keras.data.spread import spread
from bert_keras.text import BertTokenizer

from ..console.tables import figures_table
from ..training.token_text import token_text

_EXAMPLES = 3


def question_words_table(windowed: Mapping[str, WindowedQuestions]) -> Table:
    """Returns a table of the number of questions per question word and split.

    Args:
        windowed: The questions of each split, including "train".

    Returns:
        A table with a row for each question word, the most frequent ones of "train" first.
    """
    counts = {
        split: Counter(qa.question_word(question.text) for question in of.questions) for split, of in windowed.items()
    }
    table = figures_table("question word", *counts, title="questions")
    words = [word for word, _ in counts["train"].most_common()]
    for word in dict.fromkeys([*words, *(word for of in counts.values() for word in of)]):
        table.add_row(word, *(f"{of[word]:,}" for of in counts.values()))
    return table


def examples_table(train: Encoded, windowed: WindowedQuestions, tokenizer: BertTokenizer) -> Table:
    """Returns a table of some training windows as tokens, with the answer to predict.

    Args:
        train: The windows of the training split.
        windowed: The questions that the windows belong to.
        tokenizer: The tokenizer of the model.

    Returns:
        A table with a row for each example.
    """
    table = Table("question", "window as tokens", "answer", title="examples", title_justify="left", show_lines=True)
    rows = spread(len(train), _EXAMPLES)
    for row, (first, last) in zip(rows, train.stored_targets.take(np.array(rows)).tolist(), strict=True):
        begin = int(train.begins[row])
        answer = " ".join(
            tokenizer.id_to_token(int(token)) for token in train.token_ids[begin + first : begin + last + 1]
        )
        place = windowed.questions[int(train.lines[row])].place
        table.add_row(Text(place), token_text(train, row, tokenizer), Text(answer) if last else "none")
    return table
