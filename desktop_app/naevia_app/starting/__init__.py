"""From the command to an open window, and to an end in good order."""
