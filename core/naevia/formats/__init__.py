"""Image files as they come: one module for each format, from bytes to pixels or a clear error."""
