"""Packages, the orders of their versions, advisories, and which package is affected. Pure."""
