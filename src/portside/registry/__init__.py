"""The nouns of a registry, and the small rules that ECR has for them. Pure."""
