"""Measures the import: against a plain copy of its own result, against what people would use instead, as it grows."""
