"""Files that are written whole or not at all.

What is written goes into a file beside the place, and takes the place when all of it is on the disk: a full disk or a
process that is killed leaves what was there. What is no regular file, such as /dev/null or a pipe, is written to as it
is: nothing can take its place.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from propcheck.verdict import InputError

MAX_BYTES = 64 << 20  # of a file of JSON that is read
_ELSEWHERE = "name another with -o"


def read_json(path: Path, told: str, advice: str = "") -> Any:
    """What a file of JSON holds; InputError, which calls the file as `told`, where it cannot be read or is no JSON."""
    advice = f"; {advice}" if advice else ""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES >> 20} MiB")
        return json.loads(content, parse_constant=_no_constant)
    except OSError as error:
        raise InputError(f"{told} cannot be read: {reason(error)}{advice}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{told} is not JSON ({error}){advice}") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"it holds {name}")


def dump(data: Any) -> str:
    """The JSON text of a record, a run or a table."""
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    # A file's name may hold bytes that are no text; what Python has in their place is spelled alike in JSON.
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def check_new(path: str | Path) -> None:
    """Raises where there is a file already that is not to be replaced."""
    if Path(path).exists():
        raise InputError(f"{path} is already there; give another name, or --force to replace it")


def write(path: Path, content: str | bytes, *, replace: bool = True, advice: str = _ELSEWHERE) -> None:
    """Writes a file; InputError, with the advice, where that cannot be, and then the old file stands.

    With `replace` false a file that is there already is an error.
    """
    try:
        put(path, content, replace=replace)
    except FileExistsError:
        raise InputError(f"{path} is already there; give another name, or --force to replace it") from None
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeError):
            raise
        raise InputError(f"{path} cannot be written: {reason(error)}; {advice}") from None


def reason(error: OSError | ValueError) -> str:
    """What the system says of its refusal."""
    return getattr(error, "strerror", None) or str(error)


def put(path: Path, content: str | bytes, *, replace: bool = True, durable: bool = True) -> None:
    """The same with the system's own errors; what is not `durable` outlives this process, and no loss of power."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    path = Path(os.path.realpath(path)) if path.is_symlink() else path  # a link goes on leading there
    try:
        there = path.stat()
    except FileNotFoundError:
        there = None
    if there is not None and not replace:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    if there is not None and not stat.S_ISREG(there.st_mode):
        _pour(path, data)
        return
    if there is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    handle, name = tempfile.mkstemp(prefix=".propcheck-", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.chmod(name, _free_mode() if there is None else stat.S_IMODE(there.st_mode))
        if replace:
            os.replace(name, path)
        else:
            _link(name, path)
        if durable:
            settle(path.parent)
    finally:
        with suppress(OSError):
            os.unlink(name)


def _pour(path: Path, data: bytes) -> None:
    """Into a device or a pipe; a folder refuses."""
    with open(path, "wb", buffering=0) as file:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]


def _link(name: str, path: Path) -> None:
    """Gives a finished file its name, unless somebody has taken that meanwhile."""
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: there only the name can be taken first
        with open(path, "xb"):
            pass
        os.replace(name, path)


def settle(path: Path) -> None:
    """Has a file, or the names in a folder, on the disk, as far as the system can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _free_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
