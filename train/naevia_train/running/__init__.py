"""One training run, from its configuration to the contract and the card."""
