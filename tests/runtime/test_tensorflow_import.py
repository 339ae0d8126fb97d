import subprocess
import sys

CODE = """
import sys
from bert_keras.runtime.tensorflow_import import import_tensorflow
import_tensorflow()
print("sklearn" in sys.modules, "matplotlib" in sys.modules)
import keras, matplotlib.pyplot, sklearn
print(keras.ops.convert_to_numpy(keras.ops.ones(2)).sum(), sklearn.__name__, matplotlib.pyplot.__name__)
"""


def test_a_program_imports_keras_without_what_it_does_not_use_and_can_import_that_later() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["False False", "2.0 sklearn matplotlib.pyplot"]
