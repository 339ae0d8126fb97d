#!/usr/bin/env bash
# `tf.saved_model.save` traces a tf.function that is an attribute anew, and with it every function that it calls.
#
# TensorFlow 2.21.0. A function with a constant of 8 MB is called by a signature and by an attribute of the module. If
# the signature is given as a tf.function, both are traced while the model is saved, and share the constant: one copy in
# saved_model.pb. If it is given as a concrete function, which is meant to save a second trace, the attribute does not
# find that trace (functions are cached apart while a model is saved) and brings a copy of its own: the file is twice as
# large, and what a server holds of it too. Tracing the attribute beforehand changes nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet tensorflow==2.21.0 numpy==2.4.6
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=

cat > save.py <<'PY'
import os, numpy as np, tensorflow as tf

WEIGHTS = np.random.default_rng(0).normal(size=(1448, 1448)).astype("float32")
SPEC = tf.TensorSpec([None, 1448], tf.float32, name="x")

def saved(concrete, traced_before):
    shared = tf.function(lambda x: tf.tanh(x @ tf.constant(WEIGHTS)), input_signature=[SPEC])
    signature = tf.function(lambda x: {"y": shared(x)}, input_signature=[SPEC])
    signature.get_concrete_function()
    module = tf.Module()
    module.serve = tf.function(lambda x: signature(x), input_signature=[SPEC])
    if traced_before:
        module.serve.get_concrete_function()
    tf.saved_model.save(module, "model", signatures=signature.get_concrete_function() if concrete else signature)
    return round(os.path.getsize("model/saved_model.pb") / 2**20)

print(saved(False, False), saved(True, False), saved(True, True))
PY

sizes=$(env/bin/python save.py 2> /dev/null | tail -1)
echo "MB of saved_model.pb, of 8 MB of constants: tf.function, concrete function, both traced before: $sizes"
test "$sizes" = "8 16 16"
