"""An open model: photos in, predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from naevia._checks import check_embedded, check_files, check_golden
from naevia._providers import Provider, ProviderChoice, create_session
from naevia._version import __version__
from naevia.contract import MODEL_FILE, Contract, InputSpec, read_contract
from naevia.errors import ModelError, NaeviaError, UsageError, first_line, problem_of
from naevia.image import Photo, read_photo
from naevia.prediction import Prediction, Recommendation, malignant_probability
from naevia.preprocess import Region, examined_of, field_of_view, prepare
from naevia.quality import Quality, measure_quality
from naevia.words import percent

_LEAST_EXAMINED = 0.6
"""Share of the field of view below which an answer says how much was left out. Chosen, not fitted: frames of
3 to 2, which most cameras have, keep two thirds in their centred square; those of 16 to 9 lose more."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """What is left of a photo once everything that needs no network is done.

    Attributes:
        pixels: The network's input, shape (size_px, size_px, 3), uint8, RGB.
        quality: What was measured on the photo.
        sha256: Hash of the photo's file.
        width_px: Width of the upright photo.
        height_px: Height of the upright photo.
        field: The part of the photo inside a plain surround.
        region: The part of it that `pixels` shows.
    """

    pixels: NDArray[np.uint8]
    quality: Quality
    sha256: str
    width_px: int
    height_px: int
    field: Region
    region: Region


def prepare_photo(photo: Photo, spec: InputSpec) -> Prepared:
    """Do everything that needs no network; safe and useful to call from several threads."""
    field = field_of_view(photo.rgb_u8)
    return Prepared(
        pixels=prepare(photo.rgb_u8, spec, field=field),
        quality=measure_quality(photo.rgb_u8, spec.resize, field=field),
        sha256=photo.sha256,
        width_px=photo.width_px,
        height_px=photo.height_px,
        field=field,
        region=examined_of(field, spec.resize),
    )


def prepare_file(path: Path, spec: InputSpec) -> Prepared | str:
    """Read a photo and do all that needs no network; what is wrong with the file comes in one sentence.

    It is no exception, which would keep the pixels.
    """
    try:
        return prepare_photo(read_photo(path), spec)
    except Exception as error:  # noqa: BLE001  whatever one file does, it must not end the work on the others
        return problem_of(error)


class Session:
    """A model that was checked against its contract and is ready to answer.

    Its methods may be called from several threads.

    Attributes:
        contract: The model's contract.
        provider: What computes, and why.
        model_sha256: Hash of the ONNX file.
        golden_difference: Largest absolute difference from the golden probabilities when it was opened.
    """

    golden_difference: float

    def __init__(self, runtime: ort.InferenceSession, contract: Contract, provider: Provider) -> None:
        self._runtime = runtime
        self.contract = contract
        self.provider = provider
        self.model_sha256 = contract.files[MODEL_FILE]

    @classmethod
    def open(cls, folder: str | Path, *, provider: ProviderChoice = "auto", threads: int = 0) -> Self:
        """Open and check a model folder.

        Every file must have the hash that the contract states, the contract inside the ONNX file must be
        the same record, and the runtime must reproduce the golden answers within the tolerance.

        Args:
            folder: Folder with `model.onnx`, `model.json` and `golden.npz`.
            provider: `auto` takes CUDA where it reproduces the golden answers, `cpu` or `cuda`.
            threads: CPU threads for one run; 0 leaves it to the runtime.

        Raises:
            ModelError: The model is missing, changed, or does not reproduce its golden answers.
            UsageError: CUDA was asked for and does not work here.
        """
        folder = Path(folder)
        contract = read_contract(folder)
        check_files(folder, contract)
        session = cls._create(folder, contract, provider, threads)
        try:
            session._check(folder)
        except ModelError as error:
            if provider != "auto" or session.provider.name != "cuda":
                raise
            session = cls._create(folder, contract, "cpu", threads)
            session._check(folder)
            session.provider = Provider("cpu", f"CUDA is not used: {error}")
        return session

    @classmethod
    def _create(cls, folder: Path, contract: Contract, provider: ProviderChoice, threads: int) -> Self:
        try:
            runtime, used = create_session((folder / MODEL_FILE).read_bytes(), provider, threads)
        except NaeviaError:
            raise
        except Exception as error:  # the runtime raises its own undocumented types
            problem = first_line(error)
            raise ModelError(f"{folder / MODEL_FILE}: ONNX Runtime cannot load it: {problem}") from error
        return cls(runtime, contract, used)

    def _check(self, folder: Path) -> None:
        check_embedded(folder, self.contract, self._runtime)
        self.golden_difference = check_golden(folder, self.contract, lambda pixels: self.run(pixels)[0])

    def predict(self, photo: Photo) -> Prediction:
        """Answer one photo."""
        return self.predict_prepared([prepare_photo(photo, self.contract.input)])[0]

    def predict_prepared(self, batch: Sequence[Prepared]) -> list[Prediction]:
        """Answer prepared photos, in order.

        On the CPU the answers do not depend on what else is in the batch; on CUDA they may, within the
        model's tolerance: see `run`.
        """
        if not batch:
            return []
        outputs = self.run(np.stack([item.pixels for item in batch]))
        return [
            self._answer(item, probabilities, maps, embedding, None if score is None else float(score))
            for item, probabilities, maps, embedding, score in zip(
                batch,
                *outputs[:3],
                outputs[3] if outputs[3] is not None else [None] * len(batch),
                strict=True,
            )
        ]

    def run(
        self, pixels: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None]:
        """Run the network.

        On the CPU every image is run by itself: it is as fast, and a photo's last digits then do not depend
        on its neighbours, so that one photo, a scan and the window agree to the bit.

        Args:
            pixels: Shape (batch, size_px, size_px, 3), uint8, RGB; at least one image.

        Returns:
            Probabilities (batch, 9), activation maps (batch, rows, columns, 9), embeddings
            (batch, features) and out-of-distribution scores (batch,) or None.

        Raises:
            UsageError: There is no image.
        """
        if not len(pixels):
            raise UsageError("expected pixels of at least one image, received none")
        names = self.contract.outputs
        wanted = [names.probabilities, names.activation_maps, names.embedding]
        wanted += [names.ood_score] if names.ood_score else []
        step = 1 if self.provider.name == "cpu" else len(pixels)
        parts = [
            self._runtime.run(wanted, {self.contract.input.name: pixels[start : start + step]})
            for start in range(0, len(pixels), step)
        ]
        joined = [np.concatenate(part) for part in zip(*parts, strict=True)]
        return joined[0], joined[1], joined[2], joined[3] if names.ood_score else None

    def _answer(
        self,
        item: Prepared,
        probabilities: NDArray[np.float32],
        maps: NDArray[np.float32],
        embedding: NDArray[np.float32],
        ood_score: float | None,
    ) -> Prediction:
        refusal = self._refusal(item.quality, ood_score)
        return Prediction(
            probabilities=probabilities,
            status="refused" if refusal else "ok",
            refusal=refusal,
            recommendation=self._recommend(probabilities, refused=bool(refusal)),
            caution="" if refusal else _caution(item),
            operating_point=self.contract.operating_point,
            is_calibrated=self.contract.is_calibrated,
            quality=item.quality,
            ood_score=ood_score,
            model_id=self.contract.model_id,
            model_version=self.contract.version,
            model_sha256=self.model_sha256,
            provider=self.provider.name,
            provider_reason=self.provider.reason,
            naevia_version=__version__,
            image_sha256=item.sha256,
            width_px=item.width_px,
            height_px=item.height_px,
            region=item.region,
            activation_maps=maps,
            embedding=embedding,
        )

    def _refusal(self, quality: Quality, ood_score: float | None) -> str:
        if quality.issues:
            return f"the photo cannot be judged: {quality.words}"
        limit = self.contract.out_of_distribution
        if limit is not None and ood_score is not None and not ood_score <= limit.threshold:
            return "the photo is unlike the dermoscopy photos that the model has learnt from"
        return ""

    def _recommend(self, probabilities: NDArray[np.float32], *, refused: bool) -> Recommendation:
        point = self.contract.operating_point
        if refused or point is None:
            return "cannot tell"
        return "refer" if malignant_probability(probabilities) >= point.threshold else "monitor"


def _caution(item: Prepared) -> str:
    """What to know of an answer to a part of the field of view; empty where it is most of it."""
    seen = item.region.width_px * item.region.height_px / (item.field.width_px * item.field.height_px)
    if seen >= _LEAST_EXAMINED:
        return ""
    return (
        f"only the middle {percent(seen, 0)} of this photo was examined; what lies beside that was not seen"
    )
