"""What AWS Service Quotas, ``service-quotas-2019-06-24``, tells of limits."""
