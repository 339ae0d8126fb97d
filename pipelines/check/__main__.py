"""Proves an export outside Python: loads and runs it through TensorFlow's C API, as TF Serving does.

Exit status: 0 all rows are ok, 1 some row failed, 2 the path or the runtime is wrong.
"""

import sys

from bert_keras import serving
from bert_keras.runtime.tensorflow_import import import_tensorflow

from ..command_line.run import run
from ..console.consoles import console
from .config import PROGRAM, CheckConfig


def main(config: CheckConfig) -> None:
    """Checks one export and prints the table."""
    folder = serving.version_folder(config.path)  # a wrong path is told before TensorFlow is waited for
    import_tensorflow()
    from .tables import closing_line, table_of

    report = serving.check(folder, runtime=config.runtime)
    console.print(table_of(report))
    console.print(closing_line(report))
    sys.exit(0 if report.ok else 1)


if __name__ == "__main__":
    run(PROGRAM, main)
