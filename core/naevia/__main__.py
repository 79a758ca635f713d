"""`python -m naevia` is the `naevia` program."""

from naevia.cli import main

main()
