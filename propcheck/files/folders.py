"""Folders of files that are replaced whole: what reads one finds the old files or the new, never some of each.

The new folder is made aside, beside the old one, and what is to stay of the old one is linked into it; then the two
change names in one step of the system. Where that is not to be had (the system knows no such step, this process stands
in the folder, it is a mount, or somebody's own with folders in it) the new files are laid ready inside the folder and
moved one by one: once all of them are ready, whoever writes there next finishes what was begun.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from propcheck import files

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

_ASIDE = ".propcheck-aside"  # ends the name of what lies beside the folder
_BEGUN, _READY = ".propcheck-begun-", ".propcheck-ready"  # inside it
_CHANGE = 2  # RENAME_EXCHANGE of Linux, and RENAME_SWAP of macOS
_MOST = 5_000  # files of others that are linked into a new folder
_PATIENCE = 60.0  # seconds for another process that writes there


def replace(folder: Path, made: Mapping[str, bytes], gone: Collection[str] = (), whole: bool = True) -> None:
    """The folder with these files in it, by their paths, and without those `gone`; all else there stays.

    Where it is not `whole`, the folder is somebody's and keeps its identity. OSError where it cannot be written; then
    it is as it was.
    """
    folder = Path(os.path.realpath(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "it is a file", str(folder))
    if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    with _alone(folder.parent):
        _settled(folder)
        if not (whole and _is_free(folder) and _changed(folder, made, gone)):
            _moved(folder, made, gone)


def is_inside(name: str) -> bool:
    """Does a path stay in the folder that it begins at?"""
    parts = PurePosixPath(name).parts
    return bool(parts) and ".." not in parts and not PurePosixPath(name).is_absolute()


def recover(folder: Path) -> None:
    """Finishes what a process began that was stopped, and takes away what it left."""
    folder = Path(os.path.realpath(folder))
    if folder.parent.is_dir():
        with _alone(folder.parent):
            _settled(folder)


def beside(folder: Path, ending: str) -> Path:
    """A hidden place for what belongs to a folder and is not yet in it: beside it, or inside where one stands in it."""
    folder = Path(os.path.realpath(folder))
    if _is_free(folder) and os.access(_existing(folder.parent), os.W_OK | os.X_OK):
        return folder.parent / f".{folder.name}.{ending}"
    return folder / f".{ending}"


def _existing(folder: Path) -> Path:
    return next((place for place in (folder, *folder.parents) if place.exists()), folder)


def _is_free(folder: Path) -> bool:
    """May the folder change its name? Not while this process, or what is mounted, is in it."""
    here = Path(os.path.realpath(os.curdir))
    return folder != here and folder not in here.parents and not os.path.ismount(folder)


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """One process at a time, where the system can tell."""
    handle, end = None, time.monotonic() + _PATIENCE
    with suppress(OSError):
        handle = os.open(parent, os.O_RDONLY)
    try:
        while handle is not None and fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise OSError(errno.EBUSY, f"another process holds {parent}") from None
                time.sleep(0.02)
                continue
            except OSError:  # a file system that has no locks
                pass
            break
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _settled(folder: Path) -> None:
    """Nobody else is at work here: what lies aside is left over, and what lies ready is to be moved."""
    for place, prefix, ending in ((folder.parent, f".{folder.name}.", _ASIDE), (folder, _BEGUN, "")):
        with suppress(OSError):
            for name in os.listdir(place):
                if name.startswith(prefix) and name.endswith(ending):
                    shutil.rmtree(place / name, ignore_errors=True)
    if (folder / _READY).is_dir():
        _finished(folder)


def _filled(folder: Path, made: Mapping[str, bytes]) -> None:
    """Puts the files, on the disk, into a folder that nobody reads yet."""
    for name, content in made.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    for name in made:  # after all are written: the system has them on the disk in one go
        files.settle(folder / name)


# ---------------------------------------------------------------------------------------------- in one step


def _changed(folder: Path, made: Mapping[str, bytes], gone: Collection[str]) -> bool:
    """Changes the folder for a new one in one step; false where that cannot be, and nothing was done."""
    try:
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=_ASIDE, dir=folder.parent))
    except OSError:
        return False
    try:
        _filled(aside, made)  # its errors are those of the writing itself
        with suppress(OSError):
            if not folder.exists():
                mask = os.umask(0)
                os.umask(mask)
                os.chmod(aside, 0o777 & ~mask)
                os.rename(aside, folder)
                files.settle(folder.parent)
                return True
            exchange = _exchange()
            if exchange is not None:
                own = {*made, *gone}
                _linked(folder, aside, own)
                _alike(folder, aside)
                files.settle(aside)
                exchange(aside, folder)
                files.settle(folder.parent)
                _linked_late(aside, folder, own)
                return True
        return False
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _exchange() -> Callable[[Path, Path], None] | None:
    """What has two paths change what they name, in one step; None where the system cannot."""
    library: Any = ctypes.CDLL(None, use_errno=True) if sys.platform in ("linux", "darwin") else None
    here = -100  # AT_FDCWD
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        call = lambda one, other: library.renameat2(here, one, here, other, _CHANGE)  # noqa: E731
    elif sys.platform == "darwin" and hasattr(library, "renamex_np"):
        call = lambda one, other: library.renamex_np(one, other, _CHANGE)  # noqa: E731
    else:
        return None

    def exchange(one: Path, other: Path) -> None:
        if call(os.fsencode(one), os.fsencode(other)):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(other))

    return exchange


def _others(folder: Path, own: Collection[str]) -> Iterator[tuple[str, bool]]:
    """What is in a folder beside its own files, as paths; whether each is a folder, and then it comes first."""
    for place, inner, names in os.walk(folder, onerror=_raised):
        base = Path(place).relative_to(folder)
        inner[:] = [name for name in inner if not name.startswith((_BEGUN, _READY)) and not name.endswith(_ASIDE)]
        links = [name for name in inner if os.path.islink(os.path.join(place, name))]
        inner[:] = [name for name in inner if name not in links]
        found = [(base / name).as_posix() for name in (*names, *links)]
        strange = [name for name in found if name not in own]
        if base.parts and (strange or inner or not found):
            yield base.as_posix(), True
        yield from ((name, False) for name in strange)


def _raised(error: OSError) -> None:
    raise error


def _linked(folder: Path, aside: Path, own: Collection[str]) -> None:
    """The files of others get a second name in the new folder."""
    for count, (name, is_folder) in enumerate(_others(folder, own)):
        if count == _MOST:
            raise OSError(errno.EMLINK, os.strerror(errno.EMLINK))
        if is_folder:
            (aside / name).mkdir(exist_ok=True)
            _alike(folder / name, aside / name)
        else:
            os.link(folder / name, aside / name, follow_symlinks=False)


def _linked_late(aside: Path, folder: Path, own: Collection[str]) -> None:
    """What others wrote into the old folder while it was changed for the new one."""
    for name, is_folder in _others(aside, own):
        old, new = aside / name, folder / name
        with suppress(OSError):
            if is_folder:
                new.mkdir(exist_ok=True)
            elif not (os.path.lexists(new) and os.path.samestat(os.lstat(old), os.lstat(new))):
                os.replace(old, new)


def _alike(folder: Path, other: Path) -> None:
    """Gives a folder the mode, times and owner of another."""
    there, here = folder.stat(), other.stat()
    if (there.st_uid, there.st_gid) != (here.st_uid, here.st_gid):
        os.chown(other, there.st_uid, there.st_gid)
    shutil.copystat(folder, other)


# ---------------------------------------------------------------------------------------------- one by one


def _moved(folder: Path, made: Mapping[str, bytes], gone: Collection[str]) -> None:
    """Lays the files ready inside the folder, and moves them."""
    folder.mkdir(exist_ok=True)
    begun = Path(tempfile.mkdtemp(prefix=_BEGUN, dir=folder))
    try:
        (begun / "files").mkdir()
        _filled(begun / "files", made)
        files.put(begun / "gone.json", json.dumps(sorted(gone)))
        files.settle(begun)
        os.rename(begun, folder / _READY)  # from here on it will be done
        _finished(folder)
    finally:
        shutil.rmtree(begun, ignore_errors=True)


def _finished(folder: Path) -> None:
    """Moves what lies ready, and takes away what is gone."""
    ready = folder / _READY
    for place, _, names in os.walk(ready / "files"):
        for name in names:
            goal = folder / Path(place).relative_to(ready / "files") / name
            goal.parent.mkdir(exist_ok=True)
            os.replace(os.path.join(place, name), goal)
    with suppress(FileNotFoundError, ValueError):
        for name in json.loads((ready / "gone.json").read_bytes()):
            path = folder / name
            if is_inside(name):
                with suppress(OSError):
                    path.unlink()
                if path.parent != folder:
                    with suppress(OSError):  # others have files there
                        path.parent.rmdir()
    files.settle(folder)
    shutil.rmtree(ready, ignore_errors=True)
