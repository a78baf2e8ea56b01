"""What is true of an order: its members, its rules, and the check of rows against them. Pure; Polars and Pandera only."""
