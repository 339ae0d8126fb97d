"""The command line: options from the fields of a config, help, errors in one line, early checks of names."""
