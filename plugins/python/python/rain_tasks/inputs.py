"""The inputs of a task."""

from . import content


class Input:
    """A data object that the task reads. It is immutable: never change its file."""

    def __init__(self, spec, info, location, path_for_bytes):
        self.id = tuple(spec["id"])
        self.label = spec.get("label", "")
        self.data_type = spec["data_type"]
        self.user = spec.get("user")
        """The JSON value with which the object was submitted."""
        self.content_type = info.get("content_type") or spec.get("content_type", "")
        self.size = info["size"]
        """The size in bytes. For a directory, the sum of its files."""
        kind, self._place = location
        self._in_memory = kind == "memory"
        self._path_for_bytes = path_for_bytes

    @property
    def path(self):
        """The path of a read-only file or directory with the content. It is valid while the task runs."""
        if self._in_memory:
            with open(self._path_for_bytes, "wb") as file:
                file.write(self._place)
            self._place, self._in_memory = self._path_for_bytes, False
        return self._place

    @property
    def path_if_file(self):
        return None if self._in_memory else self._place

    def bytes(self):
        if self._in_memory:
            return self._place
        with open(self.path, "rb") as file:
            return file.read()

    def text(self, encoding="utf-8"):
        return self.bytes().decode(encoding)

    def load(self):
        """Returns the value, if the content type is text, json, cbor, pickle, cloudpickle or user/npy."""
        if not self.loads:
            raise TypeError(f"the content type {self.content_type!r} has no values; use bytes(), text() or path")
        try:
            return content.load(self.content_type, self)
        except (ValueError, LookupError) as error:
            raise ValueError(f"{self} is not of the content type {self.content_type!r}: {error}") from error

    @property
    def loads(self):
        return self.data_type == "blob" and content.loads_values(self.content_type)

    def __repr__(self):
        name = f" {self.label!r}" if self.label else ""
        return f"<Input{name}, {self.data_type}, {self.size} bytes>"
