"""What AWS CloudTrail, ``cloudtrail-2013-11-01``, tells of past events."""
