"""Worker of this project for the attention of a random BERT-base: a log for TensorBoard and an offline page."""

import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from peers.bert_keras_training import random_base
from peers.protocol import Requests

from bert_keras.insight.attention_log import AttentionLog
from bert_keras.insight.inspection import attention
from bert_keras.insight.page import write_page
from bert_keras.insight.record import make_record


def main() -> None:
    """Makes a model, and answers requests."""
    keras.utils.set_random_seed(0)
    classifier = random_base("float32")
    words = [
        token for token in classifier.preprocessor.tokenizer.get_vocabulary() if token.isalpha() and len(token) > 3
    ]

    def write(tokens: int, folder: str, everything: bool) -> dict[str, Any]:
        """Writes the log of a row of random words, and returns seconds and sizes.

        Args:
            tokens: The number of tokens of the row.
            folder: The folder of the log.
            everything: Whether to write all that the views can show, rather than attention alone as BertViz does.
        """
        classifier.preprocessor.max_length = tokens
        text = " ".join(np.random.default_rng(0).choice(words, tokens - 2))
        begun = time.perf_counter()
        inspection = attention(classifier, text)
        computed = time.perf_counter()
        how: dict[str, Any] = {} if everything else {"methods": ("raw",), "masked": False}
        record = make_record(inspection, name=f"{tokens} tokens", **how)
        AttentionLog(folder).write(0, "text", record)
        written = time.perf_counter()
        write_page(Path(folder).parent / "page.html", record)
        assert len(inspection.tokens) == tokens
        return {
            "forward": computed - begun,
            "write": written - computed,
            "octets": sum(file.stat().st_size for file in Path(folder).iterdir()),
            "page": (Path(folder).parent / "page.html").stat().st_size,
        }

    Requests().serve({"write": write})


if __name__ == "__main__":
    main()
