"""Fine-tune, understand and serve BERT in Keras.

Nothing is imported before it is used: `import bert_keras` costs next to nothing, `bert_keras.TextClassifier` brings
TensorFlow. What is public stands in `__init__.pyi`, here and in each room.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = "0.1.0"
