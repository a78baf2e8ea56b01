"""All that imports Prefect, but for the flows themselves: one reason to change, Prefect's version."""
