"""Portside: a private container registry that speaks Amazon ECR and OCI distribution."""
