"""Scoring an ONNX model on labelled images."""
