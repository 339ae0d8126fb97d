"""TensorFlow Serving's REST API: paths, JSON in both directions, and an HTTP server with limits."""
