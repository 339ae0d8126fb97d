#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: the first `fit` traces the training step twice, for the optimizer has no variables.
#
# `compile` creates no variables of the optimizer; they come to be within the first step, while `tf.function` traces it.
# A function that creates variables is traced a second time without creating any, so forward pass, gradients and updates
# of the whole model are built in Python twice, of which one graph is thrown away. For a small model that is most of the
# time of a short training. `model.optimizer.build(model.trainable_variables)` before `fit` leaves one trace, and the same
# weights after it.
#
# Seen: the layer's `call` runs twice in Python during the first fit of one batch; once if the optimizer was built.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow==2.21.0 keras==3.15.1 numpy==2.4.6
cat > "$folder/seen.py" <<'PY'
import keras
import numpy as np
import tensorflow as tf


class Counted(keras.layers.Dense):
    traces = 0

    def call(self, x, training=None):
        if tf.inside_function():
            Counted.traces += 1
        return super().call(x)


def fitted(build_first):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), Counted(3)])
    model.compile(keras.optimizers.AdamW(1e-2), "mse", jit_compile=False)
    Counted.traces = 0
    if build_first:
        model.optimizer.build(model.trainable_variables)
    model.fit(np.ones([8, 4], np.float32), np.ones([8, 3], np.float32), batch_size=8, verbose=0)
    return Counted.traces, model.get_weights()


(late, late_weights), (early, early_weights) = fitted(False), fitted(True)
print("keras", keras.__version__, "tensorflow", tf.__version__)
print("traces in the first fit:", late, "; optimizer built before:", early)
assert (late, early) == (2, 1), (late, early)
for one, other in zip(late_weights, early_weights):
    np.testing.assert_array_equal(one, other)
PY
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/seen.py"
