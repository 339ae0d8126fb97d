"""Proves an export outside Python: loads and runs it through TensorFlow's C API, as TF Serving does.

The exit status is 0 if all checks pass, 1 if a check fails, and 2 if the path or the runtime is wrong.
"""

import sys

from bert_keras import serving
from bert_keras.runtime.tensorflow_import import import_tensorflow

from ..command_line.run import run
from ..console.consoles import console
from .config import PROGRAM, CheckConfig


def main(config: CheckConfig) -> None:
    """Checks an export, prints the results as a table, and ends the process."""
    folder = serving.version_folder(config.path)  # a wrong path is reported before TensorFlow is imported
    import_tensorflow()
    from .tables import closing_line, table_of

    report = serving.check(folder, runtime=config.runtime)
    console.print(table_of(report))
    console.print(closing_line(report))
    sys.exit(0 if report.ok else 1)


if __name__ == "__main__":
    run(PROGRAM, main)
