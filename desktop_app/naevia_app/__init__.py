"""The window."""

import naevia  # noqa: F401  before ONNX Runtime, which it keeps from reporting to its maker
