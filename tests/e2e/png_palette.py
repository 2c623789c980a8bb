"""Makes a picture of a page small: a PNG of at most 256 colours, with nothing else installed."""

import struct
import sys
import zlib
from collections import Counter
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_COLOURS = 256


def chunks(data):
    """The kind and content of each chunk."""
    place = len(SIGNATURE)
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        yield kind, data[place + 8:place + 8 + length]
        place += 12 + length


def unfiltered(raw, stride, width):
    """The lines of a picture as bytes of `width` per pixel (PNG, section 9.2)."""
    line = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        kind, above, line = raw[start], line, bytearray(raw[start + 1:start + 1 + stride])
        for i in range(stride if kind else 0):
            left = line[i - width] if i >= width else 0
            corner = above[i - width] if i >= width else 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = above[i]
            elif kind == 3:
                guess = (left + above[i]) // 2
            else:
                base = left + above[i] - corner
                guess = min((left, above[i], corner), key=lambda one: abs(base - one))
            line[i] = (line[i] + guess) & 255
        yield line


def distance(one, other):
    return sum((a - b) ** 2 for a, b in zip(one, other))


def palette_of(count):
    """Half of it the colours that are there most, half those least like any other of it: a green
    dot stays green."""
    chosen = [colour for colour, _ in count.most_common(MAX_COLOURS // 2)]
    far = {colour: min(distance(colour, one) for one in chosen)
           for colour in count.keys() - set(chosen)}
    while far and len(chosen) < MAX_COLOURS:
        chosen.append(max(far, key=far.get))
        del far[chosen[-1]]
        for colour in far:
            far[colour] = min(far[colour], distance(colour, chosen[-1]))
    return chosen


def shrunk(data):
    """The same picture with the colours that it has most."""
    parts = list(chunks(data))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", parts[0][1])
    assert (depth, interlaced) == (8, 0) and kind in (2, 6), "a picture as browsers take it"
    size = 3 if kind == 2 else 4
    raw = zlib.decompress(b"".join(body for name, body in parts if name == b"IDAT"))
    lines = [[bytes(line[i:i + 3]) for i in range(0, len(line), size)]
             for line in unfiltered(raw, width * size, size)]
    count = Counter(colour for line in lines for colour in line)
    palette = palette_of(count)
    index = {colour: i for i, colour in enumerate(palette)}
    for colour in count:
        if colour not in index:
            index[colour] = min(range(len(palette)), key=lambda i: distance(colour, palette[i]))
    body = b"".join(b"\0" + bytes(index[colour] for colour in line) for line in lines)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return SIGNATURE + b"".join(chunk(name, content) for name, content in (
        (b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(body, 9)),
        (b"IEND", b"")))


def chunk(kind, content):
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_bytes(shrunk(Path(name).read_bytes()))
