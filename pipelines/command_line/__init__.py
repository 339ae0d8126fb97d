"""The command line: options from the fields of a config, help, errors in one line, and what is looked for
before TensorFlow loads."""
