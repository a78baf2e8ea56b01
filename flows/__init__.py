"""What happens to a batch: the steps as plain modules, one verb a file, and the flows, which alone know Prefect."""
