"""Texts that look like something else: HTML, or a missing value that a program wrote as a word."""

import re
from collections.abc import Sequence

import numpy as np

HTML, MISSING_VALUE = 1, 2
"""The bits of `text_signs`."""

_TAGS = (
    "a|abbr|article|b|blockquote|body|br|button|center|code|div|em|font|footer|form|h[1-6]|head|header|hr|html|i|"
    "iframe|img|input|label|li|link|main|meta|nav|ol|p|pre|script|section|small|span|strong|style|sub|sup|table|tbody|"
    "td|tfoot|th|thead|title|tr|u|ul|video"
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
# What spreadsheets, data frames and databases write for no value.
_MISSING_VALUES = frozenset(("nan", "none", "null", "n/a", "#n/a", "<na>", "nat", "\\n"))
_LONGEST = 16  # code points of such a value, blanks around it included


def text_signs(texts: Sequence[str]) -> np.ndarray:
    """Returns what each text looks like.

    Args:
        texts: The texts.

    Returns:
        The bits `HTML` (it has a tag of HTML) and `MISSING_VALUE` (it is "nan", "None", "NULL", "N/A" or the like)
        of each text, `[texts]` uint8.
    """
    return np.array(
        [
            (HTML if "<" in text and _TAG.search(text) else 0)
            | (MISSING_VALUE if len(text) <= _LONGEST and text.strip().lower() in _MISSING_VALUES else 0)
            for text in texts
        ],
        np.uint8,
    )
