"""The language of permissions: decisions and their reasons. Pure."""
