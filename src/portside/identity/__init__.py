"""The nouns of IAM and its small rules: names, quotas, passwords, pages. Pure."""
