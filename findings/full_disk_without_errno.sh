#!/usr/bin/env bash
# NumPy 2.4 and TensorFlow 2.21: a full disk raises errors that do not have the number of a full disk.
#
# Python's own writes raise an OSError with errno ENOSPC. NumPy's array.tofile, which also np.save and np.lib.format use
# for the values of an array in a real file, raises an OSError whose errno is None, and "N requested and M written" is all
# that it says. TensorFlow's writes, those of a SavedModel among them, raise ResourceExhaustedError, which is no OSError,
# and is the class that a lack of memory has too. So `except OSError as error: if error.errno == ENOSPC` misses the first,
# `except OSError` the second, and a program that catches ResourceExhaustedError to ask for smaller batches tells people
# to save memory when their disk is full. Seen with numpy 2.4.6 and tensorflow 2.21.0 on Python 3.11, Linux (/dev/full).
# What follows: the message is what is left to look at ("No space left on device"), and arrays are written as bytes by
# Python's own file. bert_keras.files.system_errors does so for every error of a write, with a test on a full disk.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 tensorflow==2.21.0
cd "$folder"

cat > write.py <<'PY'
import errno

import numpy as np
import tensorflow as tf

values = np.zeros(1_000_000)
try:
    with open("/dev/full", "wb", buffering=0) as file:
        file.write(values.tobytes())
except OSError as error:
    print("python", error.errno == errno.ENOSPC)
try:
    values.tofile("/dev/full")
except OSError as error:
    print("numpy", error.errno, "requested" in str(error), "space" in str(error))
try:
    tf.io.write_file("/dev/full", values.tobytes())
except tf.errors.ResourceExhaustedError as error:
    print("tensorflow", isinstance(error, OSError), "No space left on device" in str(error))
PY
said=$(TF_CPP_MIN_LOG_LEVEL=3 env/bin/python write.py 2> /dev/null)
echo "$said"
[[ "$said" == $'python True\nnumpy None True False\ntensorflow False True' ]] || { echo "changed"; exit 1; }
echo "as described"
