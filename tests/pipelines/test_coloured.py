import re

import numpy as np
import pytest
from programs import Workspace

from bert_keras import TextClassifier
from bert_keras.insight import word_attributions
from bert_keras.reporting import RowText
from pipelines.classify import coloured
from pipelines.classify.coloured import coloured_words

TEXT, PAIR = "The film, was  good\n", "<b>not</b> bad!"


def test_the_pieces_of_a_text_are_the_text_with_the_words_shares(classifier: TextClassifier) -> None:
    ((first, second),) = coloured_words(classifier, [RowText(TEXT, PAIR, "dev.tsv, line 2")])
    assert ("".join(piece for piece, _ in first), "".join(piece for piece, _ in second)) == (TEXT, PAIR)
    (found,) = word_attributions(classifier, [(TEXT, PAIR)])
    shares = [share for _, share in [*first, *second] if share]
    assert shares == pytest.approx((found.values / np.abs(found.values).max())[found.values != 0].tolist())
    assert max(map(abs, shares)) == 1


def test_texts_beyond_a_number_of_tokens_have_no_colours(
    classifier: TextClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coloured, "_MOST_TOKENS", 10)
    rows = [RowText("good film", None, f"dev.tsv, line {line}") for line in (2, 3, 4)]  # of four tokens each
    assert [words is None for words in coloured_words(classifier, rows)] == [False, False, True]


def test_a_report_colours_the_words_of_its_examples(workspace: Workspace) -> None:
    page = (workspace.run / "report.html").read_text(encoding="utf-8")
    examples = page[page.index('<ol class="examples">') :]
    assert re.search(r'<span class="(for|against)" style="--share: 100%">[^<]+</span>', examples)
