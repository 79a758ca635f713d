from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from naevia.contract import InputSpec
from naevia.preprocess import field_of_view
from naevia.quality import measure_quality
from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES
from naevia_train.labelling.diagnosis_set import NINE
from naevia_train.measuring import stress_marks as marks
from naevia_train.measuring.stress import StressPhoto, StressResult, draw_sample, run_stress
from naevia_train.measuring.stress_text import signed, stress_json, stress_lines, stress_markdown
from naevia_train.measuring.variants import Variant, fixed_variants, mixtures

SPEC = InputSpec(size_px=48, resize="squash")
VARIANTS = {variant.name: variant for variant in fixed_variants()}


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return draw_lesion("mel", seed=1, width_px=120, height_px=90)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("whole frame, 150 px", (112, 150, 3)),
        ("whole frame, 3000 px", (2250, 3000, 3)),
        ("centre square, 256 px", (256, 256, 3)),
        ("squashed to a square, 180 px", (180, 180, 3)),
        ("JPEG quality 60", (90, 120, 3)),
        ("5 % cut off around", (86, 114, 3)),
        ("5 % cut off left and top", (86, 114, 3)),
    ],
)
def test_a_variant_has_the_size_that_its_name_says(
    name: str, shape: tuple[int, ...], photo: np.ndarray
) -> None:
    written = VARIANTS[name](photo)
    assert (written.shape, written.dtype) == (shape, np.uint8)
    assert (VARIANTS[name](photo) == written).all()


def test_white_balances_multiply_channels(photo: np.ndarray) -> None:
    before = photo.reshape(-1, 3).mean(axis=0)
    for name, rgb in (("warm", (1.1, 1.0, 0.9)), ("cool", (0.9, 1.0, 1.1)), ("greenish", (0.94, 1.06, 0.94))):
        after = VARIANTS[name](photo).reshape(-1, 3).mean(axis=0)
        assert after / before == pytest.approx(rgb, abs=0.03)


def test_focus_and_quality_change_what_they_should(photo: np.ndarray) -> None:
    def detail(name: str) -> float:
        return measure_quality(VARIANTS[name](photo), "center_square").detail

    plain = detail("JPEG quality 95")
    assert detail("blurred lightly") < plain < detail("sharpened")
    errors = [
        np.abs(VARIANTS[f"JPEG quality {q}"](photo).astype(int) - photo).mean() for q in (60, 75, 85, 95)
    ]
    assert errors == sorted(errors, reverse=True)


def test_mixtures_depend_on_their_seed_alone(photo: np.ndarray) -> None:
    def write(seed: int) -> list[np.ndarray]:
        return [variant(photo) for variant in mixtures(np.random.default_rng(seed))]

    first, again, other = write(1), write(1), write(2)
    assert all((a.shape == b.shape) and (a == b).all() for a, b in zip(first, again, strict=True))
    assert any(a.shape != b.shape or (a != b).any() for a, b in zip(first, other, strict=True))


def photos(count: int = 4) -> list[StressPhoto]:
    """Drawn melanomas and nevi in turn."""
    codes = ["mel", "nv"] * (count // 2)

    def read(number: int) -> np.ndarray:
        return draw_lesion(codes[number], seed=number, width_px=64, height_px=48)

    return [
        StressPhoto(lambda number=number: read(number), CODES.index(code), f"lesion {number}")
        for number, code in enumerate(codes)
    ]


def test_a_network_that_always_says_the_same_survives_everything() -> None:
    def predict(pixels: np.ndarray) -> np.ndarray:
        assert pixels.shape[1:] == (48, 48, 3) and pixels.dtype == np.uint8
        return np.tile(np.eye(9)[CODES.index("mel")], (len(pixels), 1))

    done = []
    result = run_stress(photos(), predict, SPEC, of=10, progress=lambda n, of: done.append((n, of)))
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]
    overall = result.overall()
    assert overall.stability.same_answer.value == 1.0
    assert all(not any(row.recall_change.values()) for row in result.rows())
    assert result.counts == {"mel": 2, "nv": 2}
    assert "drawn from 10" in stress_lines(result)[0]
    for text in ("\n".join(stress_lines(result)), stress_markdown(result)):
        assert "too few photos to say whether it meets the bars" in text
        assert "meets all three bars" not in text
        assert "very photo got the answer melanoma, whatever it shows" in text


@pytest.mark.parametrize(("lesions", "passes"), [(51, False), (52, True)])
def test_bars_are_met_only_where_the_whole_interval_lies_above(lesions: int, passes: bool) -> None:
    answers = np.eye(9)[[CODES.index("mel"), *[CODES.index("nv")] * (lesions - 1)]]
    result = StressResult(
        known=NINE,
        variants=(("size", "kept", True),),
        before=answers,
        after=answers[None],
        labels=answers.argmax(axis=1),
        lesions=tuple(f"l{number}" for number in range(lesions)),
        of=lesions,
        seed=0,
    )
    assert stress_json(result)["passes"] is passes  # Wilson, all of them: 51 / (51 + 1.96 ** 2) is 0.92997
    said = "\n".join(stress_lines(result))
    assert ("meets all three bars" in said, "too few photos to say" in said) == (passes, not passes)
    assert "very photo" not in said


def yellowness(pixels: np.ndarray) -> np.ndarray:
    """A network that calls a photo melanoma as far as it is more red than blue."""
    red, blue = pixels[..., 0].mean(axis=(1, 2)), pixels[..., 2].mean(axis=(1, 2))
    malignant = np.clip((red - blue) / 120, 0.0, 1.0)
    found = np.zeros((len(pixels), 9))
    found[:, CODES.index("mel")], found[:, CODES.index("nv")] = malignant, 1 - malignant
    return found


def test_a_network_that_looks_at_colour_is_shaken_by_white_balance_alone() -> None:
    result = run_stress(photos(), yellowness, SPEC)
    rows = {row.name: row for row in result.rows()}
    assert rows["warm"].stability.median_change > 0.1
    assert rows["JPEG quality 95"].stability.large_change < 0.02
    assert rows["whole frame, 600 px"].stability.large_change < 0.02
    assert not result.overall().stability.passes
    again = run_stress(photos(), yellowness, SPEC)
    assert (again.after == result.after).all()


def test_the_change_of_recall_is_that_of_each_diagnosis() -> None:
    mel, nv = np.eye(9)[CODES.index("mel")], np.eye(9)[CODES.index("nv")]
    result = StressResult(
        known=NINE,
        variants=(("size", "one", True), ("squashed", "two", False)),
        before=np.stack([mel, nv, nv, nv]),
        after=np.stack([[nv, nv, nv, mel], [mel, mel, nv, nv]]),
        labels=np.array([CODES.index(code) for code in ("mel", "mel", "nv", "nv")]),
        lesions=("a", "b", "c", "d"),
        of=4,
        seed=0,
    )
    one, two = result.rows()
    assert one.recall_change == {"mel": -0.5, "nv": -0.5}
    assert two.recall_change == {"mel": 0.5, "nv": 0.0}
    assert (one.stability.same_answer.value, two.stability.same_answer.value) == (0.5, 0.75)
    assert result.overall().stability.same_answer.value == 0.5  # the squashed one does not count
    assert result.mixed() is None
    found = stress_json(result)
    assert found["passes"] is False and len(found["variants"]) == 2
    table = stress_markdown(result)
    assert "| one | 0.500 (" in table and "-0.50" in table


def test_malignant_photos_that_are_referred_may_become_monitor() -> None:
    """Four melanomas, one of which is not referred as it is, and a nevus, which does not count."""
    scores = np.array([[0.5, 0.3, 0.1, 0.05, 0.5], [0.1, 0.09, 0.2, 0.2, 0.0], [0.5, 0.3, 0.0, 0.05, 0.0]])
    answers = np.zeros((3, 5, 9))
    answers[..., CODES.index("mel")], answers[..., CODES.index("nv")] = scores, 1 - scores
    result = StressResult(
        known=NINE,
        variants=(("size", "one", True), ("turn", "two", False)),
        before=answers[0],
        after=answers[1:],
        labels=np.array([CODES.index(code) for code in ("mel", "mel", "mel", "mel", "nv")]),
        lesions=tuple("abcde"),
        of=5,
        seed=0,
        threshold=0.1,
    )
    shares = [row.stability.to_monitor for row in (*result.rows(), result.overall())]
    assert [share.value for share in shares] == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert shares[0].low < 0.05 and shares[0].high > 0.6  # three lesions
    words = (
        "3 malignant photos that the threshold in use refers as they are, this share becomes `monitor`: 0."
    )
    assert words in "\n".join(stress_lines(result)) and words in stress_markdown(result)
    assert "| referred to monitor (3) |" in stress_markdown(result)
    assert stress_json(result)["referred_malignant_images"] == 3
    without = replace(result, threshold=None)
    assert without.overall().stability.to_monitor is None
    assert "becomes `monitor`" not in "\n".join([*stress_lines(without), stress_markdown(without)])


def test_changes_are_counted_in_the_middle_and_at_the_95th_percentile() -> None:
    malignant = NINE.malignant_probability(np.eye(9)).argmax()
    before = np.full((101, 9), 0.5 / 8)
    before[:, malignant] = 0.5
    benign = NINE.malignant_probability(np.eye(9)).argmin()
    changes = np.arange(101) / 250
    after = before.copy()
    after[:, malignant] -= changes
    after[:, benign] += changes
    lesions = tuple(map(str, range(101)))
    result = StressResult(
        NINE, (("light", "warm", True),), before, after[None], np.zeros(101, dtype=np.int64), lesions, 101, 0
    )
    stability = result.overall().stability
    assert stability.median_change == pytest.approx(50 / 250)
    assert stability.large_change == pytest.approx(95 / 250)


def test_the_interval_of_a_variant_is_by_lesion() -> None:
    mel, nv = np.eye(9)[CODES.index("mel")], np.eye(9)[CODES.index("nv")]
    result = StressResult(
        known=NINE,
        variants=(("size", "kept", True), ("size", "changed", True)),
        before=np.stack([mel] * 40),
        after=np.stack([[mel] * 40, [nv] * 20 + [mel] * 20]),
        labels=np.full(40, CODES.index("mel")),
        lesions=tuple(f"l{number // 10}" for number in range(40)),
        of=40,
        seed=0,
    )
    kept, changed = (row.stability.same_answer for row in result.rows())
    assert (kept.value, kept.low) == pytest.approx((1.0, 4 / (4 + 1.959964**2)))  # Wilson, 4 of 4 lesions
    assert (changed.value, changed.low, changed.high) == (0.5, 0.0, 1.0)  # two lesions of four, not 20 of 40


def test_a_sample_is_drawn_by_its_seed() -> None:
    first = draw_sample(1000, 200, seed=0)
    assert len(set(first.tolist())) == 200 and (np.diff(first) > 0).all()
    assert (draw_sample(1000, 200, seed=0) == first).all()
    assert (draw_sample(1000, 200, seed=1) != first).any()
    assert draw_sample(5, 200).tolist() == [0, 1, 2, 3, 4]


def test_variants_of_the_bars_are_counted_and_squashed_ones_are_not() -> None:
    every: list[Variant] = [*fixed_variants(), *mixtures(np.random.default_rng())]
    assert {variant.group for variant in every if not variant.counted} == {
        "squashed",
        "field",
        "exposure",
        "contrast",
        "turn",
        "marks",
        "light",
        "all at once",
    }
    assert len({variant.name for variant in every}) == len(every)
    assert (signed(0.004), signed(-0.05), signed(0.05)) == ("0", "-0.05", "+0.05")


@pytest.mark.parametrize("size", [(150, 200), (224, 224), (450, 600)])
def test_a_network_sees_every_mark(size: tuple[int, int]) -> None:
    """What is plain would be a surround, and be cut off."""
    photo = draw_lesion("mel", seed=1, height_px=size[0], width_px=size[1])
    whole = field_of_view(photo)
    assert (whole.width_px, whole.height_px) == size[::-1]
    for change in (marks.ring_of_ink, marks.crosses_of_ink, marks.reflections, marks.plaster, marks.grainy):
        assert field_of_view(change(photo)) == whole, change


@pytest.mark.parametrize("size", [(150, 200), (224, 224), (97, 61)])
def test_marks_cover_what_they_say_and_leave_the_rest(size: tuple[int, int]) -> None:
    photo = np.full((*size, 3), (200, 120, 110), np.uint8)
    height, width = size
    short, middle = min(size), (height // 2, width // 2)
    changed = {
        name: (change(photo) != photo).any(axis=2)
        for name, change in {
            "ring": marks.ring_of_ink,
            "crosses": marks.crosses_of_ink,
            "reflections": marks.reflections,
            "paper": marks.paper_corners,
            "plaster": marks.plaster,
            "grain": marks.grainy,
        }.items()
    }
    assert not any(changed[name][middle] for name in ("ring", "crosses", "paper", "plaster"))
    assert changed["ring"][middle[0], round(width / 2 + 0.42 * short)]
    assert 0.05 < changed["ring"].mean() * height * width / short**2 < 0.12
    assert changed["crosses"][round(height / 2 - 0.36 * short), round(width / 2 + 0.36 * short)]
    assert 0.03 < changed["reflections"].mean() * height * width / short**2 < 0.2
    assert changed["paper"][0, 0] and changed["paper"][-1, -1]
    assert changed["plaster"].mean() * width == pytest.approx(width / 2 - 0.25 * short, abs=1)
    assert changed["grain"].mean() > 0.9
    assert np.abs(marks.grainy(photo).astype(int) - photo).mean() == pytest.approx(9.6, abs=1)
    assert (marks.reflections(photo).reshape(-1, 3).max(axis=0) == 255).all()
