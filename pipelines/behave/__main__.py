"""Runs behavioural tests of a classifier: invariance, change, and minimum functionality."""

import sys

from ..command_line.run import run
from .config import PROGRAM, BehaveConfig


def main(config: BehaveConfig) -> None:
    """Runs the tests, prints failures, writes the results, and ends with 1 if a test fails."""
    from .outcomes import outcomes_of, show_outcomes, write_outcomes

    outcomes = outcomes_of(config)
    show_outcomes(outcomes, config.examples)
    write_outcomes(outcomes, config)
    sys.exit(0 if all(outcome.ok for outcome in outcomes) else 1)


if __name__ == "__main__":
    run(PROGRAM, main)
