"""Audit, split, network, fit, calibrate, evaluate, model card."""
