"""What a video file's own structure says, where OpenCV passes it over: its kind, whether it is whole or mirrored."""

import struct
from collections.abc import Iterator

MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")  # a file may begin with
EBML = b"\x1a\x45\xdf\xa3"  # Matroska and WebM
BEGINNINGS = (
    EBML,
    b"FLV\x01",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF: WMV
    b"\x00\x00\x01\xba",  # MPEG programme stream
    b"\x00\x00\x01\xb3",  # MPEG video alone
    b"OggS",
    *(kind + b"WS" for kind in (b"F", b"C", b"Z")),  # Flash
)
TS_PACKETS = ((0, 188), (4, 192))  # where MPEG transport streams have their sync bytes: first, and bytes to the next
SYNC = 0x47


def is_video(data: bytes) -> bool:
    """Whether the first bytes are those of a container that holds video."""
    iso = data[4:8] in MP4_BOXES
    avi = data[:4] == b"RIFF" and data[8:12] == b"AVI "
    return iso or avi or data.startswith(BEGINNINGS) or any(_is_stream(data, *packets) for packets in TS_PACKETS)


def _is_stream(data: bytes, first: int, step: int) -> bool:
    marks = data[first : first + 4 * step : step]
    return len(marks) == 4 and set(marks) == {SYNC}


def is_cut_off(data: bytes) -> bool:
    """Whether a file promises more bytes than it has; False where its kind does not say how many there should be."""
    if data[:4] == b"RIFF":
        return 8 + int.from_bytes(data[4:8], "little") > len(data)
    if data[:4] == EBML:
        return any(stop > len(data) for _, _, stop in _elements(data))
    if data[4:8] in MP4_BOXES:
        return any(stop > len(data) for _, _, stop in _boxes(data, 0, len(data)))
    return False


def is_mirrored(data: bytes) -> bool:
    """Whether an MP4 or MOV asks players to mirror its picture, which OpenCV does not do, as it does rotate it."""
    if data[4:8] not in MP4_BOXES:
        return False
    for _, start, stop in _inside(data, (0, len(data)), b"moov", b"trak", b"tkhd"):
        at = start + (52 if data[start : start + 1] > b"\0" else 40)  # of the matrix: times are longer in version 1
        if min(stop, len(data)) - at < 44:
            continue
        a, b, _, c, d, *_, width, _ = struct.unpack_from(">11i", data, at)
        if width:  # tracks of sound have none
            return a * d < b * c
    return False


def _inside(data: bytes, within: tuple[int, int], *path: bytes) -> Iterator[tuple[bytes, int, int]]:
    """All boxes at a path of kinds."""
    for box in _boxes(data, *within):
        if box[0] == path[0]:
            yield from [box] if len(path) == 1 else _inside(data, (box[1], min(box[2], within[1])), *path[1:])


def _boxes(data: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Boxes of MP4 and MOV one after the other: kind, and where the content begins and should end."""
    while start + 8 <= stop:
        (size, kind), head = struct.unpack_from(">I4s", data, start), 8
        if size == 1 and start + 16 <= stop:
            (size,), head = struct.unpack_from(">Q", data, start + 8), 16
        if size == 0:  # to the end
            size = stop - start
        if size < head:
            return
        yield kind, start + head, start + size
        start += size


def _elements(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Outermost elements of Matroska and WebM: number, and where the content begins and should end."""
    start = 0
    while start < len(data):
        number, start = _number(data, start, keep_mark=True)
        size, start = _number(data, start, keep_mark=False)
        if size is None or number is None:  # a live recording leaves its size open
            return
        yield number, start, start + size
        start += size


def _number(data: bytes, start: int, keep_mark: bool) -> tuple[int | None, int]:
    """A number of variable length and where it ends; None where it is unknown, or is none."""
    length = 9 - data[start].bit_length() if start < len(data) else 9
    if length > 8 or start + length > len(data):
        return None, len(data)
    value, mark = int.from_bytes(data[start : start + length], "big"), 1 << 7 * length
    unknown = value == 2 * mark - 1
    return (None if unknown else value if keep_mark else value - mark), start + length
