"""What is wrong with a file's entries, by the path of the field within the file: `endpoints.3.url`."""

from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework.exceptions import ValidationError

from common.api import handlers
from common.api.errors import ApiError, ValidationFailed


class FileErrors:
    """Gathers the errors of every entry, so that one answer tells them all."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    @contextmanager
    def of(self, path: str) -> Iterator[None]:
        """What the block raises of an entry is noted below `path`."""
        try:
            yield
        except (ApiError, ValidationError) as error:
            self._note(path, handlers.to_api_error(error))

    def refuse(self) -> None:
        """Raises `ValidationFailed` with all of them, where there are any."""
        if self.found:
            raise ValidationFailed(errors=self.found)

    def _note(self, path: str, error: ApiError) -> None:
        if error.errors is None:
            self.found[path] = [str(error.message)]
            return
        for field, texts in error.errors.items():
            place = path if field == "non_field_errors" else f"{path}.{field}"
            self.found[place] = [str(text) for text in texts]
