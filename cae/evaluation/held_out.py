"""Whether a model has seen the images that it is measured on."""

from cae.study.study import Study


def require_held_out(study: Study) -> None:
    """Raise `CaeError` where the model in use was trained on another split than the present one.

    Images that are test images now may be among those it learnt from, and would flatter it. Of a
    model from elsewhere nothing is known, see `Study.foreign_model`.

    Raises:
        CaeError: with the command that trains or encodes again.
    """
    for step in _measured(study):
        study.require_current(step)


def is_held_out(study: Study) -> bool:
    """Whether `require_held_out` passes."""
    return all(study.is_current(step) for step in _measured(study))


def foreign_words(study: Study) -> str:
    """Return that a pretrained model may have seen the test images; empty where none may."""
    if study.foreign_model is None:
        return ""
    return (
        f"The pretrained model {study.foreign_model} was trained on other images or splits: it may "
        "have seen these test images, so the figures may flatter it."
    )


def _measured(study: Study) -> list[str]:
    return [step for step in (study.model_step, "encode") if study.is_done(step)]
