"""Sources of advisories, one module for each form in which they are published.

A feed's parser takes a document as JSON has it and gives advisories. Documents come from outside:
what is malformed in one gives no advisory, and never stops the others.
"""
