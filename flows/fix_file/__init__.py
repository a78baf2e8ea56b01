"""The file of a batch's rejected rows: what it adds to the sender's columns, how it is written and how it is read back."""

BATCH, ROW, FINDINGS = FIX_COLUMNS = ("import_batch", "import_row", "import_findings")
"""What the fix file adds behind the source's own columns; known, and no data, when it comes back.

The first two say which batch keeps the row, and where; a file with the second in its header is a fix file. Those of
an older program have no batch.
"""

JSON_BATCH = "import_json_batch"
"""What the first is called in the fix file of a JSON batch: so it says itself that its other columns are our own."""

KNOWN_COLUMNS = (*FIX_COLUMNS, JSON_BATCH)

NO_CELL = "(no cell)"
"""Stands in the fix file where a short row, or what was no JSON, has no cell, and is no value when it comes back."""

HELD_BACK = "held back: another row of this order was rejected"
"""The reason of a row in which nothing is wrong itself."""
