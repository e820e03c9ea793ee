"""IAM: accounts, users, groups, roles, their credentials and their policies."""
