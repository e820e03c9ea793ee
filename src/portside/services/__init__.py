"""What Portside does: one module per capability, the only place that opens write transactions."""
