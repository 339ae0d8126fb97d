"""TensorFlow Serving's gRPC API on its official service classes."""
