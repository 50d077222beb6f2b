"""Mail as files, for a fleet without a mail server: one .eml a mail, whole or not there."""

import os
import tempfile
from email.message import EmailMessage
from pathlib import Path

from email_service.errors import MailFailed


def write(message: EmailMessage, *, folder: str, name: str) -> Path:
    """Write `<name>.eml`; the same name again replaces the file. Raises `MailFailed` where the disk refuses."""
    target = Path(folder) / f"{name}.eml"
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(bytes(message))
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise MailFailed("FOLDER_FAILED", f"{target.parent}: {error.strerror}") from error
    return target
