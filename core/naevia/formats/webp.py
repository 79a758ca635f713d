"""What a WebP file says of its own length; within it there is no checksum."""

from __future__ import annotations

from naevia.errors import ImageError

_FRAME_BYTES = 8


def check_webp(data: bytes) -> None:
    """Refuse a file of another length than its header says, as a transfer as text or an append leaves it.

    Args:
        data: The whole file, which begins as a WebP.

    Raises:
        ImageError: With code `damaged`.
    """
    said_bytes = int.from_bytes(data[4:_FRAME_BYTES], "little")
    found_bytes = len(data) - _FRAME_BYTES
    if found_bytes not in (said_bytes, said_bytes + said_bytes % 2):  # filled up to an even length
        raise ImageError(
            "damaged",
            f"the WebP has {found_bytes} bytes where its header says {said_bytes}; export it again from its "
            "source",
        )
