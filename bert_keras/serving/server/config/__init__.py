"""TensorFlow Serving's configuration files: text protos of models, monitoring and TLS."""
