"""`python tests/conformance/run.py [RUN ...]`: the OCI conformance gate, from any folder."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    sys.exit(importlib.import_module("tests.conformance.gate").main(sys.argv[1:]))
