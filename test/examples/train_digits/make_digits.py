#!/usr/bin/env python3
"""Packs scikit-learn's copy of the digits into digits.bin.

In: the path of scikit-learn's digits.csv.gz (64 pixels in 0..16 and the label
on each line). Out: digits.bin, in the format that DigitData.h describes.
Run once, by hand; the build only reads digits.bin.

    python3 make_digits.py .../sklearn/datasets/data/digits.csv.gz digits.bin
"""

import gzip
import struct
import sys

PIXELS = 64


def pack_image(values):
    """40 bytes of 5-bit pixels, lowest bits first, then the label's byte."""
    bits = 0
    for index, pixel in enumerate(values[:PIXELS]):
        if not 0 <= pixel <= 16:
            sys.exit(f"pixel {pixel} is outside 0..16")
        bits |= pixel << (5 * index)
    return bits.to_bytes(40, "little") + bytes([values[PIXELS]])


def fnv1a(data):
    """The 32-bit FNV-1a hash."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def main():
    source, target = sys.argv[1:]
    with gzip.open(source, "rt") as lines:
        images = [[int(float(field)) for field in line.split(",")]
                  for line in lines]
    body = b"".join(map(pack_image, images))
    with open(target, "wb") as out:
        out.write(b"DIGITS01")
        out.write(struct.pack("<II", len(images), fnv1a(body)))
        out.write(body)


if __name__ == "__main__":
    main()
