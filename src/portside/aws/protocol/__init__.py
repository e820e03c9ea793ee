"""Requests and answers of the AWS protocols, from and to the shapes of botocore's models."""
