"""What happens to a batch: the steps as plain modules, and the flows, which alone know Prefect with orchestration."""
