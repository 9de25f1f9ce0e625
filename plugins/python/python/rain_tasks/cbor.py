"""CBOR (RFC 8949), using only the standard library."""

import struct

_LENGTHS = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}
_FLOATS = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_INDEFINITE = 31
_BREAK = object()
_POSITIVE_BIGNUM, _NEGATIVE_BIGNUM = 2, 3


def dumps(value):
    """Encodes a value as one CBOR item, with definite lengths and the shortest heads. Raises TypeError for unsupported types."""
    out = bytearray()
    _encode(value, out)
    return bytes(out)


def loads(data):
    """Decodes exactly one CBOR item. Ignores tags, except those of large integers. Raises ValueError."""
    try:
        value, end = _decode(data, 0)
    except (IndexError, struct.error):
        raise ValueError("the CBOR item is cut off") from None
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes follow the CBOR item")
    if value is _BREAK:
        raise ValueError("a CBOR item cannot be a break")
    return value


def _head(major, value, out):
    if value < 24:
        out.append(major | value)
    elif value < 0x100:
        out += bytes((major | 24, value))
    elif value < 0x10000:
        out += struct.pack(">BH", major | 25, value)
    elif value < 0x100000000:
        out += struct.pack(">BI", major | 26, value)
    else:
        out += struct.pack(">BQ", major | 27, value)


def _encode(value, out):
    kind = type(value)
    if kind is str:
        data = value.encode()
        _head(0x60, len(data), out)
        out += data
    elif value is None:
        out.append(0xF6)
    elif kind is bool:
        out.append(0xF5 if value else 0xF4)
    elif kind is int:
        _encode_int(value, out)
    elif kind is dict:
        _head(0xA0, len(value), out)
        for key, entry in value.items():
            _encode(key, out)
            _encode(entry, out)
    elif kind is list or kind is tuple:
        _head(0x80, len(value), out)
        for entry in value:
            _encode(entry, out)
    elif kind is float:
        out += struct.pack(">Bd", 0xFB, value)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        _head(0x40, len(value), out)
        out += value
    else:
        _encode_subclass(value, out)


def _encode_int(value, out):
    major, rest = (0x00, value) if value >= 0 else (0x20, -1 - value)
    if rest < 1 << 64:
        _head(major, rest, out)
    else:
        _head(0xC0, _NEGATIVE_BIGNUM if value < 0 else _POSITIVE_BIGNUM, out)
        _encode(rest.to_bytes((rest.bit_length() + 7) // 8, "big"), out)


def _encode_subclass(value, out):
    for base in (str, int, dict, list, tuple, float):
        if isinstance(value, base):
            return _encode(base(value), out)
    raise TypeError(f"a value of type {type(value).__name__} cannot be written as CBOR")


def _decode(data, at):
    head = data[at]
    at += 1
    # The most frequent items: short texts, small numbers, small lists and maps.
    if 0x60 <= head < 0x78:
        end = at + head - 0x60
        if end > len(data):
            raise IndexError
        return data[at:end].decode(), end
    if head < 0x18:
        return head, at
    major, info = head >> 5, head & 31
    if info < 24:
        value = info
    elif major == 7:
        return _decode_simple(data, at, info)
    elif info in _LENGTHS:
        value = struct.unpack_from(_LENGTHS[info], data, at)[0]
        at += 1 << (info - 24)
    elif info == _INDEFINITE and 2 <= major <= 5:
        return _decode_indefinite(data, at, major)
    else:
        raise ValueError(f"unsupported length in byte {at - 1} of the CBOR item")

    if major == 0:
        return value, at
    if major == 1:
        return -1 - value, at
    if major == 2 or major == 3:
        end = at + value
        if end > len(data):
            raise IndexError
        content = data[at:end]
        return (content if major == 2 else content.decode()), end
    if major == 4:
        entries = []
        for _ in range(value):
            entry, at = _decode(data, at)
            entries.append(entry)
        return entries, at
    if major == 5:
        table = {}
        for _ in range(value):
            key, at = _decode(data, at)
            if type(key) is list:
                key = tuple(key)
            table[key], at = _decode(data, at)
        return table, at
    if major == 6:
        return _decode_tag(data, at, value)
    return _decode_simple(data, at, info)


def _decode_tag(data, at, tag):
    value, at = _decode(data, at)
    if tag == _POSITIVE_BIGNUM:
        return int.from_bytes(value, "big"), at
    if tag == _NEGATIVE_BIGNUM:
        return -1 - int.from_bytes(value, "big"), at
    return value, at


def _decode_simple(data, at, info):
    if info in _SIMPLE:
        return _SIMPLE[info], at
    if info in _FLOATS:
        form, size = _FLOATS[info]
        return struct.unpack_from(form, data, at)[0], at + size
    if info == _INDEFINITE:
        return _BREAK, at
    raise ValueError(f"unsupported simple value in byte {at - 1} of the CBOR item")


def _decode_indefinite(data, at, major):
    entries = []
    while True:
        entry, at = _decode(data, at)
        if entry is _BREAK:
            break
        entries.append(entry)
    if major == 2:
        return b"".join(entries), at
    if major == 3:
        return "".join(entries), at
    if major == 4:
        return entries, at
    keys = [tuple(key) if type(key) is list else key for key in entries[::2]]
    return dict(zip(keys, entries[1::2])), at
