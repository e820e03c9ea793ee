"""The browser's door: serves the console's built files, and signs people in.

Everything else the console does with the public AWS APIs, as any other client.
"""
