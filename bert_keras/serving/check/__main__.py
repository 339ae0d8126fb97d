"""`python -m bert_keras.serving.check PATH`: the program `bert-keras check` under its first name."""

import sys

from bert_keras.__main__ import main

if __name__ == "__main__":
    main(["check", *sys.argv[1:]])
