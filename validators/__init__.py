"""What is true of an order: its members, its rules, and the check of rows against them. Pure; Polars and Pandera only."""

OF = "order-import"
"""Says that it is ours: a package of another's has the same name, and would lie over ours in the same environment."""
