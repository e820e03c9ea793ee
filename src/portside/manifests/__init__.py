"""Manifests and indexes: reading them and checking that what they name is there. Pure."""
