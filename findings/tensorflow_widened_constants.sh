#!/usr/bin/env bash
# TensorFlow 2.21: weights that a graph holds as bfloat16 constants and casts to float32 are cast again in every call of a
# tf.function. A session casts the same constants once.
#
# Grappler computes ahead what only constants go into, but takes no result that is larger than what it is made of and
# than 100 kB. So of two casts the one that narrows is gone from the function that runs, and the one that widens stays,
# also where a second cast narrows again. The weights of the product are then no constant: oneDNN packs a constant once,
# and reads what is cast as it lies. Who stores half of the bytes pays in each call, and a test with a small matrix does
# not show it. A session folds constants once more by an older pass, without that limit, so that a server built on
# sessions runs another graph than Python does.
# Seen, the op behind the second factor of a product of 512 x 512: narrowed Const; widened Cast; there and back Cast;
# widened, 32 x 32, Const; widened, in a session, Const.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check tensorflow==2.21.0 numpy==2.4.6
cat > "$folder/seen.py" <<'PY'
import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context

v1, small, large = tf.compat.v1, tf.bfloat16, tf.float32


def product(x, size, dtypes):
    weights = tf.constant(np.ones([size, size], dtypes[0].as_numpy_dtype))
    for dtype in dtypes[1:]:
        weights = tf.cast(weights, dtype)
    return tf.identity(tf.matmul(x, weights))


def factor(graphs):
    """The op that gives the second factor of the product in the graph that ran."""
    (nodes,) = ({node.name: node for node in graph.node} for graph in graphs if "MatMul" in str(graph))
    (found,) = (node for node in nodes.values() if "MatMul" in node.op)
    return nodes[found.input[1].split(":")[0]].op


def of_function(size, *dtypes):
    run = tf.function(lambda x: product(x, size, dtypes), autograph=False)
    context.context().enable_run_metadata()
    run(tf.ones([64, size], dtypes[-1]))
    return factor(context.context().export_run_metadata().partition_graphs)


def of_session(size, *dtypes):
    with tf.Graph().as_default(), v1.Session() as session:
        y, seen = product(v1.placeholder(dtypes[-1], [None, size], "x"), size, dtypes), v1.RunMetadata()
        options = v1.RunOptions(output_partition_graphs=True)
        session.run(y, {"x:0": np.ones([64, size])}, options=options, run_metadata=seen)
        return factor(seen.partition_graphs)


found = [of_function(512, *dtypes) for dtypes in ((large, small), (small, large), (small, large, small))]
found += [of_function(32, small, large), of_session(512, small, large)]
print(tf.__version__, found)
assert found == ["Const", "Cast", "Cast", "Const", "Const"], found
PY
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES= "$folder/env/bin/python" "$folder/seen.py"
