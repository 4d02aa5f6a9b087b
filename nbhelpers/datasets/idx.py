"""An IDX file is a short header that tells type and shape, then the bytes of the array.

Byte 0 and 1 are zero, byte 2 is the type (8: unsigned bytes), byte 3 the number of axes; then the
length of each axis as a big-endian 32-bit integer. MNIST comes in this format, compressed by gzip.
"""

from __future__ import annotations

import math
import struct

import numpy as np
import numpy.typing as npt

from .._checks import fail

Bytes = npt.NDArray[np.uint8]


def read_idx(content: bytes, name: object = "read_idx") -> Bytes:
    """Return the array that the content of an (uncompressed) IDX file describes.

    Args:
        content: the whole file.
        name: what an error message calls it, such as its path.

    Returns:
        A read-only view (no copy) of the bytes, uint8, in the shape that the header gives.

    Raises:
        ValueError: not IDX, compressed, not unsigned bytes, or shorter or longer than the header
            promises.

    >>> read_idx(bytes([0, 0, 8, 1]) + bytes([0, 0, 0, 3]) + b"abc")
    array([97, 98, 99], dtype=uint8)
    """
    if content[:2] == b"\x1f\x8b":
        fail(name, "an IDX file", "a gzip file", "read_idx(gzip.decompress(content))")
    if len(content) < 4 or content[:2] != b"\0\0" or content[3] == 0:
        got = f"{len(content):,} bytes that start with {content[:4]!r}"
        fail(name, "an IDX file (it starts with two zero bytes)", got, "is this the right file?")
    if content[2] != 8:
        hint = "MNIST's files have type 8; is this the right file?"
        fail(name, "unsigned bytes (type 8)", f"type {content[2]}", hint)
    start = 4 + 4 * content[3]
    if len(content) < start:
        expected = f"a header of {start} bytes"
        fail(name, expected, f"{len(content)}", "the file is cut off; fetch it anew")
    shape = struct.unpack(f">{content[3]}I", content[4:start])
    if len(content) - start != math.prod(shape):
        text = " x ".join(str(length) for length in shape)
        expected = f"{math.prod(shape):,} bytes after the header, for {text}"
        short = len(content) - start < math.prod(shape)
        hint = "the file is cut off; fetch it anew" if short else "the file has other data appended"
        fail(name, expected, f"{len(content) - start:,}", hint)
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
