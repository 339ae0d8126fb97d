"""Texts that look like something else: HTML, or a missing value that a program wrote as a word."""

import re
from typing import Any

import numpy as np

from bert_keras.data.labels.missing import MISSING

HTML, MISSING_VALUE = 1, 2
"""The bits of `text_signs`."""

_TAGS = (
    "a|abbr|article|b|blockquote|body|br|button|center|code|div|em|font|footer|form|h[1-6]|head|header|hr|html|i|"
    "iframe|img|input|label|li|link|main|meta|nav|ol|p|pre|script|section|small|span|strong|style|sub|sup|table|tbody|"
    "td|tfoot|th|thead|title|tr|u|ul|video"
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_MISSING_VALUES = frozenset(mark.lower() for mark in MISSING)
_LONGEST = 16  # code points of such a value, blanks around it included


def text_signs(texts: Any) -> np.ndarray:
    """Returns what each text looks like.

    Args:
        texts: The texts as an Arrow array of strings without null.

    Returns:
        The bits `HTML` (it has a tag of HTML) and `MISSING_VALUE` (it is "nan", "None", "NULL", "N/A" or the like)
        of each text, `[texts]` uint8.
    """
    import pyarrow.compute

    signs = np.zeros(len(texts), np.uint8)
    # Arrow finds the few texts at which Python has to look.
    for sign, maybe, found in (
        (HTML, pyarrow.compute.match_substring(texts, "<"), lambda text: _TAG.search(text) is not None),
        (
            MISSING_VALUE,
            pyarrow.compute.less_equal(pyarrow.compute.utf8_length(texts), _LONGEST),
            lambda text: text.strip().lower() in _MISSING_VALUES,
        ),
    ):
        rows = np.flatnonzero(maybe.to_numpy(zero_copy_only=False))
        taken = texts.take(pyarrow.array(rows)).to_pylist()
        signs[rows] |= np.array([sign if found(text) else 0 for text in taken], np.uint8)
    return signs
