"""The ``/v2/`` face: Docker Registry HTTP API V2 and OCI distribution-spec 1.1."""
