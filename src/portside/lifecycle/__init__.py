"""Lifecycle policies: what they say, and which images they would have go or be archived."""
