import numpy as np
import pytest
import tensorflow as tf

from bert_keras.models.activations import gelu_erf, gelu_tanh
from bert_keras.serving.encoder.layers import fused


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
def test_the_exact_gelu_is_that_of_the_model_and_an_op_of_litert() -> None:
    served = tf.function(fused(gelu_erf), input_signature=[tf.TensorSpec([None, 101], tf.float32)])
    x = np.linspace(-6, 6, 101, dtype=np.float32)[np.newaxis]
    np.testing.assert_allclose(served(x), gelu_erf(x), atol=1e-6)
    model = tf.lite.TFLiteConverter.from_concrete_functions([served.get_concrete_function()]).convert()
    interpreter = tf.lite.Interpreter(model_content=model)
    assert [op["op_name"] for op in interpreter._get_ops_details()] == ["GELU"]


def test_other_activations_stay_as_they_are() -> None:
    assert fused(gelu_tanh) is gelu_tanh
