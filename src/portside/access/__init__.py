"""Who is calling, may they, and why."""
