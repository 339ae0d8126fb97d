"""The usual names of columns: of texts, of pairs of texts, and of labels."""

import re

TEXT_COLUMNS = (
    "text",
    "sentence",
    "sentence1",
    "premise",
    "question1",
    "review",
    "content",
    "body",
    "question",
    "title",
)
"""The usual names of the column of texts, tried in this order where no name is given; case does not matter."""
PAIR_COLUMNS = (
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("question1", "question2"),
    ("texta", "textb"),
    ("text1", "text2"),
    ("sentencea", "sentenceb"),
    ("question", "sentence"),  # QNLI
    ("question", "passage"),  # BoolQ
)
"""The usual names of two columns that are a pair of texts, tried in this order; `squeezed`."""
LABEL_COLUMNS = ("label", "category", "intent", "sentiment", "class", "target", "labels")
"""The usual names of the column of labels."""
SCORE_COLUMNS = (*LABEL_COLUMNS, "score")  # only for regression: beside a label, "score" is often its probability

PAIR_COLUMN = "pair"
"""The column of second texts that a model of pairs reads beside any text."""

# Columns that are never read by themselves, but that a user may have meant.
LIKELY_SECOND = (
    "pair",
    "textpair",
    "sentencepair",
    "sentence2",
    "hypothesis",
    "question2",
    "textb",
    "text2",
    "sentenceb",
)
LIKELY_BESIDE_QUESTION = ("sentence", "passage", "context", "answer")
LIKELY_LABELS = (
    *LABEL_COLUMNS,
    "labeltext",
    "labelname",
    "labelstext",
    "classname",
    "categoryname",
    "goldlabel",
    "gold",
)


def squeezed(name: str) -> str:
    """Returns a name in lower case without blanks, underscores and hyphens: "Sentence_A" is "sentencea"."""
    return re.sub(r"[\s_-]+", "", name.lower())
