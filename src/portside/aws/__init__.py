"""The AWS face: the wire of the AWS APIs, driven by botocore's own service models."""
