"""Scanning: layers are read once, laid upon one another, and matched with advisories."""
