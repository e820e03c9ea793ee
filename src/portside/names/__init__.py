"""The words of the project: frozen value types that cannot exist malformed."""
