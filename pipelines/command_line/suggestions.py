"""Suggestions for mistyped names."""

import difflib
from collections.abc import Iterable


def did_you_mean(typed: str, known: Iterable[str], before: str = "") -> str:
    """Returns a suggestion for a mistyped name, to be added to an error message.

    Args:
        typed: The mistyped name.
        known: The known names.
        before: A prefix for the suggested name, such as two dashes.

    Returns:
        For example `"; did you mean --learning_rate?"`; an empty string if no name is close.
    """
    names = {name.lower(): name for name in known}
    close = difflib.get_close_matches(typed.lower().replace("-", "_"), names, n=1)
    return f"; did you mean {before}{names[close[0]]}?" if close else ""
