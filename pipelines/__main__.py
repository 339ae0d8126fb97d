"""The command `bert-keras`: runs a program by its name."""

import importlib
import sys
from collections.abc import Sequence

from bert_keras import __version__

from .command_line.run import run
from .command_line.suggestions import did_you_mean

# A program is a folder beside this file, and a line here.
PROGRAMS = {
    "classify": "fine-tune a classifier on your own texts, score and export it",
    "answer": "train a reader that answers questions from documents",
    "tag": "train a model that finds names and other entities in texts",
    "answer-over": "ask all documents of a folder, and see where answers stand",
    "predict": "label texts, find entities, answer, or fill masks",
    "pretrain": "go on with a model's pre-training, on raw text of your domain",
    "contrast": "train a text encoder on pairs, triples, scores or labels",
    "embed": "sentence vectors: written, searched, near duplicates",
    "suggest": "rows to label next, as a table to fill in; labels by names",
    "visualize": "look inside: which words decided, which heads carry it",
    "compare": "finished runs side by side, with intervals and tests",
    "audit": "labels that are probably wrong, with a table to correct them",
    "search": "the options of a training that score best on dev",
    "slices": "where a classifier is worse: by column, length, pattern",
    "behave": "behavioural tests: what must not change a label, and what must",
    "export": "a SavedModel that takes raw strings, for TF Serving",
    "check": "prove an export outside Python",
    "serve": "a local server with TF Serving's REST and gRPC",
    "deploy": "files for TF Serving on Docker and Kubernetes",
}
_USAGE = """usage: bert-keras PROGRAM [options]

Fine-tune, understand and serve BERT in Keras.

programs:
{programs}

  bert-keras PROGRAM --help    says what a program can be told
  bert-keras --version         says the version
"""


def main(typed: Sequence[str]) -> None:
    """Runs a program, and ends the process; with status 2 if there is no such program.

    Args:
        typed: The name of the program and its options.
    """
    if not typed or typed[0] in ("-h", "--help"):
        programs = "\n".join(f"  {name:12} {does}" for name, does in PROGRAMS.items())
        sys.stdout.write(_USAGE.format(programs=programs))
        sys.exit(0 if typed else 2)
    if typed[0] == "--version":
        sys.stdout.write(f"bert-keras {__version__}\n")
        sys.exit(0)
    folder = typed[0].replace("-", "_")
    if typed[0] not in PROGRAMS:
        hint = did_you_mean(typed[0], PROGRAMS) or f"; there are {', '.join(PROGRAMS)}"
        sys.stderr.write(f"error: no program {typed[0]!r}{hint}\n")
        sys.exit(2)
    config, program = (importlib.import_module(f".{folder}.{name}", __package__) for name in ("config", "__main__"))
    run(config.PROGRAM, program.main, typed[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
