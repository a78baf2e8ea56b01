"""Drafts a source's settings for a file that nobody has described yet: what its bytes prove, with proofs, and questions."""
