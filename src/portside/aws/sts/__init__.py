"""The Security Token Service, ``sts-2011-06-15``."""
