"""Verification: whether all that was ever acknowledged is still there, byte for byte."""

from __future__ import annotations

from portside.services.verification.mends import Mends, Quarantine
from portside.services.verification.verify import Verification, Wanted

__all__ = ["Mends", "Quarantine", "Verification", "Wanted"]
