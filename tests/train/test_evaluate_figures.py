from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from naevia.contract import Estimate, OperatingPoint
from naevia_train.evaluating.pictures_roc import net_benefit
from naevia_train.evaluating.report_parts import of_hundred
from naevia_train.labelling.diagnosis_set import NINE, find_set
from naevia_train.measuring import weighted
from naevia_train.measuring.bootstrap import mean_by_group, resample
from naevia_train.measuring.figures import NAMES, measure_all
from naevia_train.measuring.operating import point_results
from naevia_train.measuring.probabilities import softmax
from naevia_train.measuring.reliability import error_by_chance, malignant_gap
from naevia_train.measuring.subgroups import measure_subgroups


def random_answers(count: int, seed: int, *, decimals: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that know something about the labels; few decimals make ties."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 9, count)
    return np.round(softmax(rng.normal(size=(count, 9)) + 2.0 * np.eye(9)[labels]), decimals), labels


@pytest.mark.parametrize("decimals", [12, 1])
def test_weighted_figures_agree_with_an_independent_implementation(decimals: int) -> None:
    probabilities, labels = random_answers(240, 3, decimals=decimals)
    weights = np.random.default_rng(0).integers(0, 4, (3, 240)).astype(float)
    answers = probabilities.argmax(axis=1)
    table = weighted.confusion(answers, labels, weights, 9)
    for number, weight in enumerate(weights):
        of = {"sample_weight": weight}
        assert table[number] == pytest.approx(reference.confusion_matrix(labels, answers, **of))
        for ours, theirs in (
            (weighted.recall, reference.recall_score),
            (weighted.precision, reference.precision_score),
            (weighted.f1, reference.f1_score),
        ):
            expected = theirs(labels, answers, average=None, zero_division=np.nan, **of)
            assert ours(table)[number] == pytest.approx(expected, nan_ok=True)
        assert weighted.mean_of_present(weighted.recall(table))[number] == pytest.approx(
            reference.balanced_accuracy_score(labels, answers, **of)
        )
        curve = weighted.curve(probabilities[:, 3], labels == 3, weights)
        assert curve.area()[number] == pytest.approx(
            reference.roc_auc_score(labels == 3, probabilities[:, 3], **of)
        )


def test_sensitivity_and_specificity_are_read_off_real_thresholds() -> None:
    probabilities, labels = random_answers(300, 5, decimals=2)
    scores, positive = probabilities[:, 3], labels == 3
    curve = weighted.curve(scores, positive, np.ones((1, 300)))
    points = [
        ((scores[positive] >= t).mean(), (scores[~positive] < t).mean()) for t in (np.inf, *np.unique(scores))
    ]
    for wanted in (0.5, 0.9, 0.95, 1.0):
        assert curve.sensitivity_at(wanted)[0] == pytest.approx(max(s for s, p in points if p >= wanted))
        assert curve.specificity_at(wanted)[0] == pytest.approx(max(p for s, p in points if s >= wanted))


def test_calibration_error_and_brier_score_agree_with_a_plain_loop() -> None:
    probabilities, labels = random_answers(200, 7)
    error = 0.0
    for low in np.arange(15) / 15:
        inside = [
            (p.max(), p.argmax() == label)
            for p, label in zip(probabilities, labels, strict=True)
            if low <= p.max() < low + 1 / 15
        ]
        if inside:
            said, right = np.mean(inside, axis=0)
            error += abs(said - right) * len(inside) / 200
    brier = np.mean(
        [((p - np.eye(9)[label]) ** 2).sum() for p, label in zip(probabilities, labels, strict=True)]
    )
    once = np.ones((1, 200))
    assert weighted.calibration_error(probabilities, labels, once)[0] == pytest.approx(error)
    assert weighted.brier_score(probabilities, labels, once)[0] == pytest.approx(brier)


def test_the_malignant_probability_is_held_against_what_is_found() -> None:
    """Of ten photos said to be melanoma with 0.7, four are; of ten with 0.2, three."""
    said = np.repeat([0.7, 0.2], 10)
    labels = np.where(np.arange(20) % 10 < np.repeat([4, 3], 10), NINE.find("mel"), NINE.find("nv"))
    probabilities = np.zeros((20, 9))
    probabilities[:, NINE.find("mel")], probabilities[:, NINE.find("nv")] = said, 1 - said
    overall = measure_all(probabilities, labels, [str(i) for i in range(20)], rounds=50).overall
    assert overall["malignant_calibration_error"].value == pytest.approx((0.3 + 0.1) / 2)
    assert overall["mean_malignant_probability"].value == pytest.approx(0.45)
    assert overall["malignant_share"].value == pytest.approx(0.35)
    gap = malignant_gap(said, NINE.malignant[labels], [str(i // 2) for i in range(20)])
    assert gap is not None
    assert (gap.images, gap.lesions, gap.too_high.value) == (10, 5, pytest.approx(0.3))
    assert gap.too_high.low < 0 < gap.too_high.high  # two of five lesions, not four of ten images


def test_perfectly_calibrated_answers_have_an_error_by_chance() -> None:
    said = np.random.default_rng(3).uniform(0.2, 1, 1500)
    alone, together = (error_by_chance(said, [str(i // n) for i in range(1500)]) for n in (1, 10))
    assert 0.01 < alone.low < alone.value < alone.high < 0.05
    assert together.high > 1.3 * alone.high  # what is true of one image of a lesion is true of all
    true = np.random.default_rng(4).random(1500) < said
    seen = weighted.calibration_gap(said, true, np.ones((1, 1500)))[0]
    assert alone.low < seen < alone.high
    assert weighted.calibration_gap(said**0.5, true, np.ones((1, 1500)))[0] > 2 * alone.high


def test_answers_that_say_too_much_do_not_make_up_for_those_that_say_too_little() -> None:
    said = np.repeat([0.61, 0.68], 10)  # in two of fifteen bins, and in one of ten
    probabilities = np.stack([said, 1 - said], axis=1)
    labels = np.array([0] * 9 + [1] + [0] * 4 + [1] * 6)
    error = weighted.calibration_error(probabilities, labels, np.ones((1, 20)))
    assert error[0] == pytest.approx(((0.9 - 0.61) + (0.68 - 0.4)) / 2)


def test_every_figure_has_an_interval_that_holds_it() -> None:
    probabilities, labels = random_answers(400, 1)
    equal = np.full(9, 1 / 9)
    lesions = [str(i // 2) for i in range(400)]
    measured = measure_all(probabilities, labels, lesions, prevalence=equal, rounds=200)
    assert list(measured.overall) == list(NAMES)
    assert measured.images == {code: int((labels == i).sum()) for i, code in enumerate(NINE.codes)}
    every = [*measured.overall.items()]
    every += [item for of in measured.by_diagnosis.values() for item in of.items()]
    assert len(every) == len(NAMES) + 9 * 4
    for name, interval in every:
        assert interval.low <= interval.high
        if "calibration_error" not in name:  # resampling makes bins noisier, so its interval lies higher
            assert interval.low <= interval.value <= interval.high


def test_at_equal_prevalence_an_answer_rests_on_the_photo_alone() -> None:
    likelihoods, labels = random_answers(400, 4)
    prevalence = np.array([0.01, 0.04, 0.01, 0.13, 0.67, 0.09, 0.02, 0.02, 0.01])
    calibrated = likelihoods * prevalence
    calibrated /= calibrated.sum(axis=1, keepdims=True)
    measured = measure_all(calibrated, labels, [str(i) for i in range(400)], prevalence=prevalence, rounds=50)
    plain, equal = (
        measured.overall[name].value
        for name in ("balanced_accuracy", "balanced_accuracy_at_equal_prevalence")
    )
    assert equal == pytest.approx(reference.balanced_accuracy_score(labels, likelihoods.argmax(axis=1)))
    assert plain == pytest.approx(reference.balanced_accuracy_score(labels, calibrated.argmax(axis=1)))
    assert equal > plain + 0.1


def test_a_diagnosis_that_a_model_never_met_is_never_the_answer_at_equal_prevalence() -> None:
    probabilities, labels = random_answers(300, 6)
    prevalence = np.array([1, 1, 1, 1, 1, 1, 0, 1, 1]) / 8
    lesions = [str(i) for i in range(300)]
    measured = measure_all(probabilities, labels, lesions, prevalence=prevalence, rounds=50)
    answers = np.where(np.arange(9) == 6, -1, probabilities).argmax(axis=1)
    assert measured.overall["balanced_accuracy_at_equal_prevalence"].value == pytest.approx(
        reference.balanced_accuracy_score(labels, answers)
    )


def test_the_bootstrap_resamples_lesions_not_images() -> None:
    probabilities, labels = random_answers(200, 1)
    alone = measure_all(probabilities, labels, [str(index) for index in range(200)])
    doubled = measure_all(
        np.repeat(probabilities, 4, axis=0), np.repeat(labels, 4), [str(index // 4) for index in range(800)]
    )
    assert doubled.overall["accuracy"].value == pytest.approx(alone.overall["accuracy"].value)
    widths = [of.overall["accuracy"].high - of.overall["accuracy"].low for of in (alone, doubled)]
    assert widths[1] == pytest.approx(widths[0], rel=0.2)  # four copies of an image tell nothing new


def test_intervals_do_not_depend_on_what_lesions_are_called() -> None:
    probabilities, labels = random_answers(200, 2)
    numbers = [number // 2 for number in range(200)]
    rising, falling = (
        measure_all(probabilities, labels, [f"{start + step * number:04}" for number in numbers], rounds=200)
        for start, step in ((0, 1), (999, -1))
    )
    assert rising == falling


def test_what_cannot_be_computed_is_absent_and_what_is_certain_is_not_claimed() -> None:
    answers = np.eye(9)[[3, 3, 3, 3]] * 0.9 + 0.1 / 9
    measured = measure_all(answers, np.array([3, 3, 3, 3]), list("abcd"), rounds=50)
    assert "macro_auc" not in measured.overall and "malignant_auc" not in measured.overall
    assert "specificity_at_95_sensitivity" not in measured.overall
    assert list(measured.by_diagnosis) == ["mel"] and "auc" not in measured.by_diagnosis["mel"]
    recall = measured.by_diagnosis["mel"]["recall"]
    assert recall.value == 1.0 and recall.low < 0.6  # four of four is no proof


def all_right_of(lesions: int) -> float:
    """Lower end of the Wilson interval where every one of the lesions is right."""
    return lesions / (lesions + 1.959964**2)


def test_a_share_that_nothing_contradicts_rests_on_lesions_not_images() -> None:
    labels = np.array([NINE.codes.index("mel")] * 12 + [NINE.codes.index("nv")] * 12)
    lesions = [
        f"{label}-{number % 12 // 3}" for number, label in enumerate(labels)
    ]  # 4 of each, 3 images each
    measured = measure_all(np.eye(9)[labels] * 0.9 + 0.1 / 9, labels, lesions, rounds=50)
    for code in ("mel", "nv"):
        for name in ("recall", "precision"):
            of = measured.by_diagnosis[code][name]
            assert (of.value, of.low, of.high) == pytest.approx((1.0, all_right_of(4), 1.0))


def test_a_share_of_one_lesion_keeps_its_value() -> None:
    answers = np.array([NINE.codes.index(code) for code in ("mel", "mel", "nv", "nv", "nv")])
    labels = np.array([NINE.codes.index(code) for code in ("mel", "mel", "mel", "nv", "nv")])
    measured = measure_all(np.eye(9)[answers], labels, ["a", "a", "a", "b", "c"], rounds=50)
    recall = measured.by_diagnosis["mel"]["recall"]
    assert recall.value == pytest.approx(2 / 3)
    assert recall.low < 0.15 and recall.high > 0.95  # one lesion says next to nothing


def test_thresholds_and_groups_count_lesions_where_every_image_is_right() -> None:
    malignant = np.arange(60) < 43  # 43 images of 30 lesions, as the upper extremity once had
    lesions = [f"m{number % 30}" if number < 43 else f"b{number % 5}" for number in range(60)]
    labels = np.where(malignant, NINE.codes.index("mel"), NINE.codes.index("nv"))
    scores = np.where(malignant, 0.9, 0.1)
    estimate = Estimate(value=0.9, low=0.8, high=1.0)
    point = OperatingPoint(name="p", threshold=0.5, sensitivity=estimate, specificity=estimate, chosen_on="")
    (found,) = point_results(
        [point],
        "p",
        scores,
        malignant,
        lesions,
        codes=[NINE.codes[label] for label in labels],
        refused=np.zeros(60, bool),
    )
    (group,) = measure_subgroups(
        np.eye(9)[labels],
        labels,
        lesions,
        {"site": {"arm": np.arange(60)}},
        referral_scores=scores,
        threshold=0.5,
    )
    assert all_right_of(30) == pytest.approx(0.886, abs=5e-4)
    for sensitivity, specificity in (
        (found.sensitivity, found.specificity),
        (group.figures["sensitivity"], group.figures["specificity"]),
    ):
        assert (sensitivity.value, sensitivity.low) == pytest.approx((1.0, all_right_of(30)))
        assert (specificity.value, specificity.low) == pytest.approx((1.0, all_right_of(5)))
    assert group.figures["accuracy"].low == pytest.approx(all_right_of(35))


def test_a_set_of_fewer_diagnoses_is_measured_on_its_sums() -> None:
    probabilities, labels = random_answers(300, 9)
    known = find_set("binary")
    mapped = np.array([known.find(NINE.codes[label]) for label in labels])
    measured = measure_all(known.sum_up(probabilities), mapped, list(map(str, range(300))), known=known)
    assert measured.overall["malignant_auc"].value == pytest.approx(
        reference.roc_auc_score(mapped == 0, known.sum_up(probabilities)[:, 0])
    )
    assert "melanoma_auc" not in measured.overall
    assert measured.overall["macro_auc"].value == pytest.approx(measured.overall["malignant_auc"].value)


def test_the_interval_of_a_mean_knows_what_belongs_together() -> None:
    values = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    apart, together = (mean_by_group(values, list(groups)) for groups in ("abcdef", "aaabbb"))
    assert apart.value == together.value == 0.5
    assert (together.low, together.high) == (0.0, 1.0)
    assert apart.high - apart.low < 1.0


def test_the_models_thresholds_are_measured_on_these_images() -> None:
    probabilities, labels = random_answers(300, 4)
    estimate = Estimate(value=0.9, low=0.8, high=1.0)
    points = [
        OperatingPoint(name=f"p{t}", threshold=t, sensitivity=estimate, specificity=estimate, chosen_on="")
        for t in (0.2, 0.5)
    ]
    lesions = list(map(str, range(300)))
    malignant, scores = NINE.malignant[labels], NINE.malignant_probability(probabilities)
    lowest = np.flatnonzero(malignant & (scores >= 0.5))[:9]
    scores[lowest] = 0.5  # exactly at the threshold, where the clinic refers
    refused = np.arange(300) % 7 == 0
    codes = np.array(NINE.codes)[labels]
    found = point_results(points, "p0.5", scores, malignant, lesions, codes=codes.tolist(), refused=refused)
    for result in found:
        left = ~refused & (scores < result.threshold)
        assert result.malignant_missed == pytest.approx(left[malignant].mean())
        assert result.malignant_refused == pytest.approx(refused[malignant].mean())
        assert result.benign_refused == pytest.approx(refused[~malignant].mean())
        assert result.benign_referred == pytest.approx(1 - (left | refused)[~malignant].mean())
        assert result.sensitivity.value == pytest.approx((scores[malignant] >= result.threshold).mean())
        assert result.specificity.value == pytest.approx((scores[~malignant] < result.threshold).mean())
        assert set(result.by_diagnosis) == {"akiec", "bcc", "mel", "scc"}
        for code, (referred, images) in result.by_diagnosis.items():
            assert referred == (scores[codes == code] >= result.threshold).sum()
            assert images == (codes == code).sum()
    assert [result.default for result in found] == [False, True]
    assert (scores == found[1].threshold).sum() == 9
    alone = scores[malignant], malignant[malignant], lesions
    of_malignant = codes[malignant].tolist()
    assert point_results(points, None, *alone, codes=of_malignant, refused=refused[malignant]) == []


@settings(deadline=None)
@given(refused=st.floats(0, 1), share=st.floats(0, 1))
def test_a_hundred_lesions_add_up_and_hide_no_miss(refused: float, share: float) -> None:
    wrong = share * (1 - refused)
    counts = of_hundred(refused, wrong)
    assert sum(counts) == 100 and min(counts) >= 0
    assert counts[2] == max(round(100 * wrong), int(wrong > 0))
    assert counts[1] == pytest.approx(100 * refused, abs=1.5)


def test_a_hundred_lesions_agree_with_the_sensitivity_beside_them() -> None:
    assert of_hundred(0.0, 1 - 0.898) == (90, 0, 10)
    assert of_hundred(0.0, 0.001) == (99, 0, 1)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_images_make_no_figure_certain(count: int) -> None:
    labels = np.array([NINE.codes.index(code) for code in ("mel", "nv", "bcc")[:count]])
    groups = list(map(str, range(count)))
    for answers in (np.eye(9)[labels], np.roll(np.eye(9)[labels], 1, axis=1)):
        sure = np.linspace(0.9, 0.8, count)[:, None]
        measured = measure_all(sure * answers + (1 - sure) / 9, labels, groups)
        for figures in (measured.overall, *measured.by_diagnosis.values()):
            for name, found in figures.items():
                # these are no shares of images
                if not name.endswith(("calibration_error", "brier_score", "malignant_probability")):
                    assert found.high - found.low > 0.3, (name, found)
                assert found.low - 1e-12 <= found.value <= found.high + 1e-12, (name, found)
                assert found.low < found.high, (name, found)


def test_net_benefit_is_that_of_its_definition() -> None:
    scores, malignant = np.array([0.9, 0.6, 0.4, 0.1]), np.array([True, False, True, False])
    at_half, at_fifth = net_benefit(scores, malignant, np.array([0.5, 0.2]))
    assert at_half == pytest.approx(1 / 4 - 1 / 4)
    assert at_fifth == pytest.approx(2 / 4 - 1 / 4 * 0.2 / 0.8)


def test_the_interval_holds_the_middle_95_per_cent_of_the_resamples() -> None:
    numbers = iter(range(1001))  # the first is the figure itself, then one for each resample

    def compute(weights: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
        return {("figure", ""): np.array([next(numbers) for _ in weights], float)}

    found = resample(compute, ["a", "b"], 1000, 0)["figure", ""]
    assert (found.value, found.low, found.high) == pytest.approx((0.0, 25.975, 975.025))  # of 1 to 1,000
