"""A scheduler of dask.distributed: what is refused, and that the records are those of this machine, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from propcheck import InputError
from propcheck.sweep import running, spaces
from propcheck.sweep.engines import cluster
from propcheck.sweep.engines.local import Local
from propcheck.sweep.store import Store

FILES = {"ca": __file__, "cert": __file__, "key": __file__}
REFUSED = {
    "tcp://10.0.0.7:8786": "not encrypted",
    "tcp://head:8786": "not encrypted",
    "tcp://127.0.0.1.example.com:8786": "not encrypted",
    "head:8786": "takes tls://",
    "inproc://x": "takes tls://",
}
TAKEN = [("tls://head:8786", False), ("tcp://127.0.0.1:8786", False), ("tcp://[::1]:8786", False),
         ("tcp://localhost:8786", False), ("tcp://head:8786", True)]  # fmt: skip
SPACE = '[[composition]]\nunary = ["{x}", "tanh({x})", "2*{x}", "sin({x})"]\nbinary = ["{u}*{v}"]\n'
SETTING = running.Setting(running.Rules.of(["lipschitz <= 1.2"], ["affine"]), whole=False)


@pytest.mark.parametrize("address", REFUSED)
def test_what_strangers_can_reach_is_refused(address: str) -> None:
    with pytest.raises(InputError, match=REFUSED[address]):
        cluster.check(address, False, FILES)


@pytest.mark.parametrize(("address", "insecure"), TAKEN)
def test_what_is_protected_or_local_or_insisted_on_is_taken(address: str, insecure: bool) -> None:
    cluster.check(address, insecure, FILES)


def test_what_protection_needs_is_asked_for() -> None:
    with pytest.raises(InputError, match="needs --tls-cert FILE"):
        cluster.check("tls://head:8786", False, {"ca": __file__, "cert": "", "key": ""})
    with pytest.raises(InputError, match="there is no file"):
        cluster.check("tls://head:8786", False, FILES | {"key": "nowhere.pem"})


def test_a_cluster_with_tls_finds_the_same_bytes(tmp_path: Path) -> None:
    """In a process of its own: dask leaves a thread."""
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    pytest.importorskip("cryptography", reason="no certificates can be made without cryptography")
    given = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, __file__, str(tmp_path)], env=given, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "same"


def swept(path: Path, engine, window: int) -> list[tuple]:
    with Store(path) as store, closing(engine):
        running.lay_out(store, "here", spaces._space("here", spaces.tomllib.loads(SPACE), Path()).designs())
        running.sweep(store, SETTING, engine, window)
        return list(store.same())


def main(place: Path) -> None:
    import distributed
    from distributed.security import Security

    made = Security.temporary()
    names = {"ca": made.tls_ca_file, "cert": made.tls_client_cert, "key": made.tls_client_key}
    for name, text in names.items():
        (place / f"{name}.pem").write_text(text)
    here = swept(place / "here.db", Local(15, 1), 16)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, security=made, protocol="tls://", dashboard_address=None
    ) as there:
        engine = cluster.engine(there.scheduler_address, 15, **{name: str(place / f"{name}.pem") for name in names})
        print("same" if swept(place / "there.db", engine, 100) == here else "others")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
