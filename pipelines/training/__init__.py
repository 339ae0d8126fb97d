"""The code that all training programs share: options, the steps from data to export, the run folder and the dry run."""
