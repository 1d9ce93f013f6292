import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from cae.errors import CaeError
from cae.local.network import LocalNetworkSettings, VggEncoder
from cae.local.pseudo_class_encoder import EncoderSettings, pretrain_encoder
from cae.model import to_tensor
from tests.conftest import digits_imageset

QUICK = EncoderSettings(
    epochs=20, batch=32, learning_rate=5e-3, width=4, preset="steady", pseudo_classes=8
)


@pytest.fixture(scope="module")
def digits():
    """Digits, features of them, and what they show."""
    found = digits_imageset(160)
    features = PCA(8, random_state=0).fit_transform(found.images.reshape(len(found), -1) / 255.0)
    return found.images, features, found.table["label"].to_numpy()


def shared_labels(encoder, images, labels):
    """The share of images whose nearest other image by pooled features has their label."""
    encoder.eval()
    with torch.inference_mode():
        pooled = encoder(to_tensor(images))[-1].mean((2, 3))
    similar = torch.nn.functional.normalize(pooled - pooled.mean(0), dim=1)
    similarity = (similar @ similar.T).fill_diagonal_(-1)
    return float(np.mean(labels[similarity.argmax(1).numpy()] == labels))


@pytest.mark.slow
def test_images_alike_come_together(digits):
    images, features, labels = digits
    told = []
    trained = pretrain_encoder(images, features, QUICK, lambda *now: told.append(now[:2]))
    assert told[-1] == (100, 100)
    torch.manual_seed(0)
    untrained = VggEncoder(LocalNetworkSettings(1, 4))
    assert shared_labels(trained, images, labels) > shared_labels(untrained, images, labels) + 0.1


def test_the_same_seed_gives_the_same_weights(digits):
    images, features, _ = digits
    short = EncoderSettings(epochs=1, batch=40, width=4, preset="steady", pseudo_classes=4)
    one, other = (pretrain_encoder(images[:80], features[:80], short) for _ in range(2))
    for name, weight in one.state_dict().items():
        assert torch.equal(weight, other.state_dict()[name])


@pytest.mark.parametrize(("count", "described"), [(1, 1), (10, 9)])
def test_what_does_not_fit_is_refused(digits, count, described):
    images, features, _ = digits
    with pytest.raises(CaeError, match="at least two images"):
        pretrain_encoder(images[:count], features[:described], QUICK)
