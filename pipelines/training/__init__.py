"""What all trainings share: options, the flow from data to export, the run's folder, the dry run."""
