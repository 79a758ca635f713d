"""Keras to ONNX: load, fold in, convert, check, verify, package.

`naevia_export.exporting.export_model` is the whole path as one function; `naevia export-onnx` is its command.
Nothing here is imported by the clinic's program.
"""

import naevia  # noqa: F401  before ONNX Runtime, which it keeps from reporting to its maker
