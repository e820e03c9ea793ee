"""Pull through cache: rules, credentials, and copies of what upstream registries have."""
