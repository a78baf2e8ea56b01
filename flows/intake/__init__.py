"""From the drop to a copy of our own, and away again: knows files, not rows."""
