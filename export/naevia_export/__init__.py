"""Keras to ONNX: convert, fold in, verify, package."""
