"""The door of whoever watches the server: health, readiness, metrics."""
