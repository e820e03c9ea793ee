"""The ECR API, ``ecr-2015-09-21``: one short function an operation."""
