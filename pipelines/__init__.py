"""Programs: a typed config, the library called, a report written."""
