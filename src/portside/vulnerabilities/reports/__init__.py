"""Reports of other scanners, read as findings of ours."""
