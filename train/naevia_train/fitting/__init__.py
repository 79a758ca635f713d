"""Fitting a network, epoch by epoch, so that a killed run goes on where it stopped."""
