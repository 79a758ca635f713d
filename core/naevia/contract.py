"""The one contract between training, export and the clinic: `model.json`.

The same record, without the list of files, is embedded in the ONNX file's metadata under
`METADATA_KEY`, so that a model file that was separated from its folder still says what it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from naevia._records import Estimate as Estimate
from naevia._records import Fraction, Record
from naevia.card_records import Evidence
from naevia.errors import ModelError, UsageError, first_line
from naevia.taxonomy import TAXONOMY

CONTRACT_VERSION: Final = 1
CONTRACT_FILE = "model.json"
MODEL_FILE = "model.onnx"
GOLDEN_FILE = "golden.npz"
CARD_FILE = "CARD.md"
METADATA_KEY = "naevia.contract"

TOLERANCE = 1e-4
"""How far a probability may lie from what the trained network answers: the export is refused beyond it, and
so is a computer that does not come as near to `golden.npz`."""
SCORE_ALLOWANCE = 10.0
"""`ood_score` may differ by so many times the tolerance: it adds up every feature of the embedding, each with
its own rounding, and is only ever held against a threshold."""

Resize = Literal["squash", "center_square"]
"""How a photo becomes a square; see `InputSpec`."""

_MODEL_ID = r"^[a-z0-9][a-z0-9._-]{0,63}$"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DiagnosisEntry(Record):
    """One diagnosis as the model knows it."""

    code: str
    name: str
    malignant: bool


class InputSpec(Record):
    """What the network takes: uint8 pixels, shape (batch, size_px, size_px, 3), RGB, 0 to 255.

    Attributes:
        name: Input name in the ONNX graph.
        size_px: Width and height of the square input.
        resize: `squash` maps the whole field of view to the square; `center_square` first cuts its largest
            centred square, so that proportions are kept. `naevia.preprocess.prepare` does both.
        interpolation: `area` averages pixels when shrinking and interpolates linearly when enlarging.
        color_order: Channel order.
    """

    name: str = "pixels"
    size_px: Annotated[int, Field(ge=32, le=1024)]
    resize: Resize
    interpolation: Literal["area"] = "area"
    color_order: Literal["RGB"] = "RGB"


class OutputSpec(Record):
    """Names of the outputs in the ONNX graph, all float32.

    Attributes:
        probabilities: (batch, 9), calibrated, each row sums to 1, taxonomy order.
        activation_maps: (batch, rows, columns, 9), class evidence before softmax, up to a constant.
        embedding: (batch, features), the pooled last feature map.
        ood_score: (batch,), how unlike dermoscopy, higher is stranger; None when not fitted.
    """

    probabilities: str = "probabilities"
    activation_maps: str = "activation_maps"
    embedding: str = "embedding"
    ood_score: str | None = None


class DiagnosisReferred(Record):
    """How many images of one malignant diagnosis a threshold referred.

    Attributes:
        referred: Images at or above the threshold.
        images: All images with the diagnosis.
        sensitivity: The share, with an interval like the operating point's own.
    """

    referred: Annotated[int, Field(ge=0)]
    images: Annotated[int, Field(ge=1)]
    sensitivity: Estimate


class OperatingPoint(Record):
    """A malignant-probability threshold and what it gave on the images it was chosen on.

    The intervals are the 95 % spread of what such a threshold gives on other sets of about a third as many
    lesions: it is chosen anew on resampled lesions and measured on those not drawn. They are wider than the
    uncertainty of the share itself.

    Attributes:
        name: For example `sensitivity-95`.
        threshold: Refer when the malignant probability is at least this.
        sensitivity: Share of malignant images referred.
        specificity: Share of benign images not referred.
        chosen_on: The images it was chosen on, in words, with their number.
        by_diagnosis: By code, each malignant diagnosis that those images show; empty where not counted.
        tested: The same on the declared test images, which chose nothing, with plain intervals by lesion;
            empty where there are none.
        tested_on: Those images, in words, with their number; empty where there are none.
    """

    name: str
    threshold: Fraction
    sensitivity: Estimate
    specificity: Estimate
    chosen_on: str
    by_diagnosis: dict[str, DiagnosisReferred] = Field(default_factory=dict)
    tested: dict[str, DiagnosisReferred] = Field(default_factory=dict)
    tested_on: str = ""


class OutOfDistribution(Record):
    """How an image unlike the training images is recognised.

    Attributes:
        statistic: What the graph's `ood_score` output is, in words.
        threshold: An image whose score is above this is refused.
        accepted: Share of validation images at or below the threshold.
    """

    statistic: str
    threshold: float
    accepted: Fraction


class TrainingData(Record):
    """What the network learnt from.

    Attributes:
        manifest_sha256: Hash of the manifest that lists every file with its label and split.
        counts: Images by source, then by diagnosis code, in the training split.
        note: Licences and provenance in one or two sentences.
    """

    manifest_sha256: Sha256
    counts: dict[str, dict[str, int]]
    note: str = ""


class Golden(Record):
    """How closely the runtime must reproduce `golden.npz`.

    Attributes:
        tolerance: Largest absolute difference allowed in any probability.
    """

    tolerance: Annotated[float, Field(gt=0.0, le=0.01)] = TOLERANCE


class Metric(Record):
    """A figure measured on images that never entered training.

    Attributes:
        value: The figure.
        low: Lower end of the 95 % interval, or None where none was computed.
        high: Upper end of the 95 % interval, or None where none was computed.
        measured_on: The images, in words, with their number.
    """

    value: float
    low: float | None = None
    high: float | None = None
    measured_on: str


class Contract(Record):
    """Everything that training, export, the runtime and the window agree on about one model.

    Attributes:
        contract_version: Version of this record's form.
        model_id: Name of the model and of its folder.
        version: Version of the model.
        created: Date of the export, ISO 8601.
        naevia_version: Naevia that wrote the record.
        recipe: Training recipe that made the network.
        taxonomy: The nine diagnoses in output order.
        input: What the network takes.
        outputs: What it gives.
        mirrored: Whether the graph looks at the photo and at its mirror image, and answers with the mean of
            the two in logits, embedding and (turned back) activation maps.
        temperature: What the logits were divided by inside the graph.
        operating_points: Thresholds that were chosen on validation images; may be empty.
        default_operating_point: Name of the one that recommendations use; None when there is none, and
            then every recommendation is `cannot tell`.
        out_of_distribution: How unlike images are recognised; None when not fitted.
        training: What the network learnt from; None for a network of unknown origin.
        metrics: Figures by name.
        license: Licence and limits of use of the weights.
        cautions: What the model lacks and what makes its figures doubtful, in sentences; mostly none.
        evidence: What the card says, as records; None for a network of unknown origin.
        golden: Tolerance for `golden.npz`.
        files: SHA-256 by file name; absent in the copy that is embedded in the ONNX file.
    """

    contract_version: Literal[1] = CONTRACT_VERSION
    model_id: Annotated[str, Field(pattern=_MODEL_ID)]
    version: str
    created: str
    naevia_version: str
    recipe: str
    taxonomy: tuple[DiagnosisEntry, ...] = tuple(
        DiagnosisEntry(code=d.code, name=d.name, malignant=d.malignant) for d in TAXONOMY
    )
    input: InputSpec
    outputs: OutputSpec = OutputSpec()
    mirrored: bool = False
    temperature: Annotated[float, Field(gt=0.0)] = 1.0
    operating_points: tuple[OperatingPoint, ...] = ()
    default_operating_point: str | None = None
    out_of_distribution: OutOfDistribution | None = None
    training: TrainingData | None = None
    metrics: dict[str, Metric] = Field(default_factory=dict)
    license: str
    cautions: tuple[str, ...] = ()
    evidence: Evidence | None = None
    golden: Golden = Golden()
    files: dict[str, Sha256] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        expected = [(d.code, d.name, d.malignant) for d in TAXONOMY]
        if [(d.code, d.name, d.malignant) for d in self.taxonomy] != expected:
            raise ValueError(f"taxonomy must be, in this order: {', '.join(d.code for d in TAXONOMY)}")
        names = [point.name for point in self.operating_points]
        if len(set(names)) != len(names):
            raise ValueError("operating point names must differ")
        if self.default_operating_point is not None and self.default_operating_point not in names:
            raise ValueError(
                f"default_operating_point {self.default_operating_point!r} is not one of {names}"
            )
        if (self.out_of_distribution is None) != (self.outputs.ood_score is None):
            raise ValueError("out_of_distribution and outputs.ood_score must both be given, or neither")
        return self

    @property
    def operating_point(self) -> OperatingPoint | None:
        """The operating point that recommendations use."""
        by_name = {point.name: point for point in self.operating_points}
        return by_name[self.default_operating_point] if self.default_operating_point else None

    @property
    def is_calibrated(self) -> bool:
        """Whether a temperature was fitted on validation images; a network of unknown origin brings none."""
        return self.training is not None

    def to_json(self) -> str:
        """The record as `model.json` holds it."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"

    def embedded_json(self) -> str:
        """The record as the ONNX metadata holds it: one line, without the files' hashes."""
        return json.dumps(self.model_dump(mode="json", exclude={"files"}), ensure_ascii=False, sort_keys=True)


def check_model_id(model_id: str) -> None:
    """Refuse what cannot be the name of a model, before work is spent on it.

    Args:
        model_id: The wished name.

    Raises:
        UsageError: It has other characters than such a name, or too many.
    """
    if not re.fullmatch(_MODEL_ID, model_id):
        raise UsageError(
            f"{model_id!r} cannot be the name of a model: expected a small letter or a digit, then small "
            "letters, digits, dots, dashes and underscores, at most 64 in all; give one with --model-id"
        )


def parse_contract(text: str | bytes, *, source: str) -> Contract:
    """Validate a contract.

    Args:
        text: The JSON.
        source: Where it comes from, for the error message.

    Raises:
        ModelError: The text is not JSON or not a valid contract; the message names the first field.
    """
    try:
        version = json.loads(text).get("contract_version")
        if version != CONTRACT_VERSION:
            raise ModelError(
                f"{source}: contract version {version!r}, this Naevia reads version {CONTRACT_VERSION}; "
                "export the model again or install the matching Naevia"
            )
        return Contract.model_validate_json(text)
    except (ValueError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"{source}: not a valid contract: {_first_problem(error)}; export the model again"
        ) from error


def read_contract(folder: str | Path) -> Contract:
    """Read and validate `model.json` of a model folder.

    Raises:
        ModelError: The file is missing or not a valid contract.
    """
    path = Path(folder, CONTRACT_FILE)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{folder} is not a model folder: expected {CONTRACT_FILE} in it ({error.strerror}); "
            "`naevia models list` shows the models that can be used"
        ) from error
    return parse_contract(text, source=str(path))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "record"
        return f"{where}: {first['msg']}"
    return first_line(error)
