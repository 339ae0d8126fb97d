"""What somebody who mistyped a name may have meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(typed: str, known: Iterable[str], before: str = "") -> str:
    """Suggests a name.

    Args:
        typed: What was typed.
        known: The names there are.
        before: What stands before a name when it is typed, such as two dashes.

    Returns:
        `"; did you mean --learning_rate?"`, or an empty string where nothing is close.
    """
    names = {name.lower(): name for name in known}
    close = difflib.get_close_matches(typed.lower().replace("-", "_"), names, n=1)
    return f"; did you mean {before}{names[close[0]]}?" if close else ""
