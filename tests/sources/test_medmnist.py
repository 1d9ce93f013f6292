import hashlib
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from cae.errors import CaeError
from cae.sources import known, medmnist
from cae.sources.medmnist import MedMnistSource, available_sizes, fetch, flat_flags


@pytest.fixture
def content():
    random = np.random.default_rng(0)
    buffer = io.BytesIO()
    np.savez(
        buffer,
        train_images=random.integers(0, 256, (400, 64, 64, 3), np.uint8),
        train_labels=random.integers(0, 9, (400, 1)),
        val_images=random.integers(0, 256, (20, 64, 64, 3), np.uint8),
        val_labels=np.zeros((20, 1), np.uint8),
        test_images=random.integers(0, 256, (30, 64, 64, 3), np.uint8),
        test_labels=np.ones((30, 1), np.uint8),
    )
    return buffer.getvalue()


@pytest.fixture
def server(content):
    """A server that gives `content`, or an error where the path says so; it counts requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.paths.append(self.path)
            if "missing" in self.path:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if "half" in self.path else content)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.paths = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def place(server, content, tmp_path, monkeypatch):
    """Set where PathMNIST at 64 px comes from and which sum it has; return that function."""
    monkeypatch.setenv("CAE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def put(path="pathmnist_64.npz", md5=None, address=None):
        base = address or f"http://127.0.0.1:{server.server_port}"
        entry = {**known.medmnist_info()["pathmnist"], "url_64": f"{base}/{path}"}
        entry["MD5_64"] = md5 or hashlib.md5(content).hexdigest()
        info = {**known.medmnist_info(), "pathmnist": entry}
        monkeypatch.setattr(medmnist, "medmnist_info", lambda: info)
        return MedMnistSource("pathmnist", 64)

    return put


def test_every_flat_set_is_offered_in_four_sizes():
    assert len(flat_flags()) == 12
    for flag in flat_flags():
        assert available_sizes(flag) == [28, 64, 128, 224]
        for size in available_sizes(flag):
            assert MedMnistSource.from_argument(f"{flag}:{size}").spec == f"medmnist:{flag}:{size}"


def test_files_are_named_as_medmnist_names_them():
    for flag in flat_flags():
        entry = known.medmnist_info()[flag]
        for size in available_sizes(flag):
            source = MedMnistSource(flag, size)
            url = entry["url" if size == 28 else f"url_{size}"]
            assert f"/{source.file.name}?" in url


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("", "lacks a set; write medmnist:FLAG with pathmnist"),
        ("pathmnst", "did you mean pathmnist?"),
        ("path", "did you mean pathmnist?"),
        ("zzzzzz", "no set 'zzzzzz'; choose pathmnist"),
        ("organmnist3d", "holds volumes"),
        ("pathmnist:65", "28, 64, 128, 224, but not '65'"),
        ("pathmnist:big", "but not 'big'"),
        ("pathmnist:64:1", "but not '64:1'"),
    ],
)
def test_unknown_sets_and_sizes_get_a_sentence(argument, sentence):
    with pytest.raises(CaeError, match=sentence) as caught:
        MedMnistSource.from_argument(argument)
    assert str(caught.value).endswith(".")


def test_a_set_is_downloaded_once_with_progress(place, server):
    source = place()
    seen = []
    imageset = source.load(lambda *state: seen.append(state))
    assert imageset.images.shape == (450, 64, 64, 3)
    assert imageset.table["split"].value_counts().to_dict() == {"train": 400, "test": 30, "val": 20}
    assert imageset.table["label"].iloc[-1] == "background"
    assert (imageset.name, imageset.kind) == ("PathMNIST 64", "histology")
    assert "CC BY 4.0" in imageset.credit
    downloads = [state for state in seen if state[2].startswith("downloading")]
    assert len(downloads) > 3
    assert all(0 < done <= total for done, total, _ in downloads)
    assert downloads[-1][0] == downloads[-1][1]
    source.load()
    assert server.paths == ["/pathmnist_64.npz"]


def test_a_file_put_there_by_hand_is_used(place, content):
    source = place(address="http://127.0.0.1:9")
    source.file.parent.mkdir(parents=True)
    source.file.write_bytes(content)
    assert len(source.load()) == 450


def test_a_damaged_copy_is_downloaded_anew(place, server, content):
    source = place()
    source.file.parent.mkdir(parents=True)
    source.file.write_bytes(content[:1000])
    assert len(source.load()) == 450
    assert source.file.read_bytes() == content


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"address": "http://127.0.0.1:9"}, r"could not be downloaded \(ConnectionError\)"),
        ({"path": "missing.npz"}, "the server answered 404"),
        ({"path": "half.npz"}, "could not be downloaded"),
        ({"md5": "0" * 32}, "arrived damaged"),
    ],
)
def test_a_failed_download_says_which_file_to_put_where(place, choices, reason):
    source = place(**choices)
    with pytest.raises(CaeError, match=reason) as caught:
        source.load()
    sentence = str(caught.value)
    assert medmnist.medmnist_info()["pathmnist"]["url_64"] in sentence
    assert sentence.endswith(f"put it as pathmnist_64.npz into {source.file.parent}.")
    assert list(source.file.parent.iterdir()) == []


def test_offline_with_a_damaged_copy_says_so_and_leaves_it(place):
    source = place(address="http://127.0.0.1:9")
    source.file.parent.mkdir(parents=True)
    source.file.write_bytes(b"half")
    with pytest.raises(CaeError, match="the copy there now is damaged"):
        source.load()
    assert source.file.read_bytes() == b"half"


def test_a_folder_that_cannot_be_made_gets_a_sentence(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(CaeError, match="CAE_CACHE"):
        fetch("http://127.0.0.1:9/a.npz", "0" * 32, tmp_path / "taken" / "a.npz")


def test_downloads_go_to_the_users_cache_by_default(monkeypatch):
    monkeypatch.delenv("CAE_CACHE", raising=False)
    assert medmnist.downloads_folder().parts[-2:] == ("cae-explorer", "medmnist")


def test_chestmnist_has_one_column_per_finding(tmp_path, monkeypatch):
    monkeypatch.setenv("CAE_CACHE", str(tmp_path))
    source = MedMnistSource("chestmnist")
    source.file.parent.mkdir(parents=True)
    labels = np.zeros((6, 14), np.uint8)
    labels[2, 3] = 1
    np.savez(source.file, train_images=np.zeros((6, 28, 28), np.uint8), train_labels=labels)
    md5 = hashlib.md5(source.file.read_bytes()).hexdigest()
    entry = {**known.medmnist_info()["chestmnist"], "MD5": md5}
    monkeypatch.setattr(medmnist, "medmnist_info", lambda: {"chestmnist": entry})
    table = source.load().table
    assert table["label"].isna().all()
    assert table["infiltration"].tolist() == [False, False, True, False, False, False]
    assert set(table.columns) >= set(entry["label"].values())
