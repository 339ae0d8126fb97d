"""`python -m bert_keras.serving.check PATH`, an alias of the command `bert-keras check`."""

import sys

from bert_keras.__main__ import main

if __name__ == "__main__":
    main(["check", *sys.argv[1:]])
