"""The messages of TensorFlow and TensorFlow Serving, without an import of TensorFlow.

`tensorflow_serving` imports `tensorflow.core…_pb2`, which runs TensorFlow's own `__init__`: 6 seconds and 400 MB that a
server whose graphs run in other processes has no use for. Here a bare package stands in for it while they are imported.
"""

import contextlib
import importlib.util
import sys
import types
from collections.abc import Iterator

from bert_keras.errors import ExportError


@contextlib.contextmanager
def _bare_tensorflow() -> Iterator[None]:
    """Has the package `tensorflow` hold only its submodules while the block runs, if it is not imported yet."""
    if "tensorflow" in sys.modules:
        yield
        return
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or spec.submodule_search_locations is None:
        raise ExportError("the package tensorflow is not installed: the server needs its messages; install it")
    bare = types.ModuleType("tensorflow")
    bare.__path__ = list(spec.submodule_search_locations)
    sys.modules["tensorflow"] = bare
    try:
        yield
    finally:
        del sys.modules["tensorflow"]


with _bare_tensorflow():
    from tensorflow.core.framework.tensor_pb2 import TensorProto as TensorProto
    from tensorflow.core.framework.tensor_shape_pb2 import TensorShapeProto as TensorShapeProto
    from tensorflow.core.framework.types_pb2 import DataType as DataType
    from tensorflow.core.protobuf.meta_graph_pb2 import (
        MetaGraphDef as MetaGraphDef,
        SignatureDef as SignatureDef,
        TensorInfo as TensorInfo,
    )
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel as SavedModel
    from tensorflow_serving.apis import (
        get_model_status_pb2 as get_model_status_pb2,
        model_management_pb2 as model_management_pb2,
        model_service_pb2 as model_service_pb2,
        model_service_pb2_grpc as model_service_pb2_grpc,
        prediction_service_pb2 as prediction_service_pb2,
        prediction_service_pb2_grpc as prediction_service_pb2_grpc,
    )
    from tensorflow_serving.apis.classification_pb2 import ClassificationRequest as ClassificationRequest
    from tensorflow_serving.apis.get_model_metadata_pb2 import (
        GetModelMetadataRequest as GetModelMetadataRequest,
        GetModelMetadataResponse as GetModelMetadataResponse,
        SignatureDefMap as SignatureDefMap,
    )
    from tensorflow_serving.apis.model_pb2 import ModelSpec as ModelSpec
    from tensorflow_serving.apis.predict_pb2 import PredictRequest as PredictRequest, PredictResponse as PredictResponse
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog as PredictionLog
    from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig as ModelServerConfig
