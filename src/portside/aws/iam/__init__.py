"""Identity and Access Management, ``iam-2010-05-08``."""
