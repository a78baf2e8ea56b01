"""The way of one batch; `import_batch` is its table of contents."""
