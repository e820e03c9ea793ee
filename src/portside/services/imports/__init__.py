"""Imports: images of another registry, with their tags, platforms and referrers, kept here."""

from __future__ import annotations

from portside.services.imports.importer import Importer, Origin
from portside.services.imports.keeping import Keeping

__all__ = ["Importer", "Keeping", "Origin"]
