"""Converts between values and the bytes of content types."""

import io
import json
import pickle

from . import cbor

NUMPY = "user/npy"
"""A numpy array in the file format of `numpy.save`."""


def loads_values(content_type):
    """Whether `load` supports this content type."""
    return _text_encoding(content_type) is not None or content_type in _LOADERS


def load(content_type, location):
    """Returns the value of an input. `location` has `bytes()`, and `path_if_file` is the path if it is already a file."""
    encoding = _text_encoding(content_type)
    if encoding is not None:
        return location.bytes().decode(encoding)
    if content_type == NUMPY:
        return _load_array(location)
    return _LOADERS[content_type](location.bytes())


def dump(content_type, value):
    """Returns the bytes of a value and its content type, which follows from the value if none is declared. Raises TypeError."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value), content_type
    if content_type == "":
        content_type = _natural_type(value)
    encoding = _text_encoding(content_type)
    if encoding is not None:
        if not isinstance(value, str):
            raise TypeError(f"{_kind(value)} is not text; str is expected for the content type {content_type!r}")
        return value.encode(encoding), content_type
    if content_type not in _DUMPERS:
        raise TypeError(f"{_kind(value)} cannot be written as {content_type!r}; return bytes or a pathlib.Path")
    return _DUMPERS[content_type](value), content_type


def _natural_type(value):
    if isinstance(value, str):
        return "text"
    if value is None or isinstance(value, (bool, int, float, list, tuple, dict)):
        return "json"
    if type(value).__module__.split(".")[0] == "numpy" and hasattr(value, "dtype"):
        return NUMPY
    raise TypeError(
        f"{_kind(value)} was returned; declare a content type for the output, such as pickle, or return bytes or a pathlib.Path"
    )


def _kind(value):
    return f"a value of type {type(value).__name__}"


def _text_encoding(content_type):
    if content_type == "text":
        return "utf-8"
    return content_type[5:] if content_type.startswith("text-") else None


def _load_array(location):
    numpy = _import("numpy", NUMPY)
    if location.path_if_file is not None:
        return numpy.load(location.path_if_file, mmap_mode="r", allow_pickle=False)
    return numpy.load(io.BytesIO(location.bytes()), allow_pickle=False)


def _dump_array(value):
    numpy = _import("numpy", NUMPY)
    buffer = io.BytesIO()
    numpy.save(buffer, value, allow_pickle=False)
    return buffer.getvalue()


def _dump_by_cloudpickle(value):
    return _import("cloudpickle", "cloudpickle").dumps(value)


def _load_by_cloudpickle(data):
    _import("cloudpickle", "cloudpickle")
    return pickle.loads(data)


def _import(module, content_type):
    try:
        return __import__(module)
    except ImportError as error:
        raise ImportError(f"the content type {content_type!r} needs the Python package {module}: {error}") from None


_LOADERS = {
    "json": json.loads,
    "cbor": cbor.loads,
    "pickle": pickle.loads,
    "cloudpickle": _load_by_cloudpickle,
    NUMPY: _load_array,
}
_DUMPERS = {
    "json": lambda value: json.dumps(value, allow_nan=False, ensure_ascii=False).encode(),
    "cbor": cbor.dumps,
    "pickle": pickle.dumps,
    "cloudpickle": _dump_by_cloudpickle,
    NUMPY: _dump_array,
}
