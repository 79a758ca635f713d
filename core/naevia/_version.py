"""The installed version of Naevia."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("naevia")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0.0.0+source"
