"""The version of the package, and the state of its sources."""

from functools import cache

__version__ = "0.1.0"


@cache
def sources() -> str:
    """The digest of the package's own sources: what is kept of an answer is that of the same ones."""
    import hashlib
    from pathlib import Path

    digest = hashlib.sha256()
    root = Path(__file__).parent
    for file in sorted(root.rglob("*.py")):
        digest.update(f"{file.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
