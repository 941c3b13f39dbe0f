import numpy as np
import pandas as pd
import pytest
from engine.backtest import _best_weight, backtest, naive_purchases, score
from scipy import stats


def portfolio(size=150, days=500, seed=1, regularity=1, leave=0.05):
    """Dated amounts of accounts that buy at rates of their own and may leave."""
    rng = np.random.default_rng(seed)
    rows = []
    for account in range(size):
        rate, day = rng.gamma(1.5, 1 / 30.0), rng.uniform(0, days / 2)
        while day < days:
            rows.append((account, float(int(day)), round(rng.gamma(4, 25), 2) + 1))
            if rng.uniform() < leave:
                break
            day += rng.gamma(regularity, 1 / (rate * regularity))
    return pd.DataFrame(rows, columns=["account", "date", "amount"])


def test_scores_by_hand():
    """Errors of 1, 0, -2: MAE 1, RMSE root of 5/3, one third too few in all."""
    result = score([0, 2, 1], [1, 2, -1])
    assert result.mae == 1
    assert result.rmse == pytest.approx((5 / 3) ** 0.5)
    assert result.bias == pytest.approx(-1 / 3)
    rng = np.random.default_rng(0)
    actual, forecast = rng.poisson(2, 50), rng.gamma(2, 1, 50)
    expected = stats.spearmanr(actual, forecast).statistic
    assert score(actual, forecast).rank_correlation == pytest.approx(expected)


def test_scores_that_do_not_exist():
    result = score([0, 0], [1, 1])
    assert (result.bias, result.rank_correlation) == (None, None)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: naive_purchases(30, [1, -1], [9, 9]), "frequency: row 1 is -1.0"),
        (lambda: naive_purchases(30, [1, 1], [9, float("nan")]), "age: row 1 is nan"),
        (lambda: naive_purchases(-1, [1], [9]), "horizon: row 0 is -1.0, below 0"),
        (lambda: score([], []), "actual: no rows"),
        (lambda: score([1], [1, 2]), "forecast: expected 1 rows, got 2"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_naive_rate():
    assert naive_purchases(30, [6, 0, 2], [60, 10, 0]).tolist() == [3, 0, 0]


@pytest.mark.parametrize("seed", range(4))
def test_the_chosen_forecast_does_not_lose_to_the_naive_rate(seed):
    """Within 2% in MAE and ahead in RMSE, where it was chosen and a period later."""
    frame = portfolio(seed=seed)
    report = backtest(frame, end=500, horizon=90)
    chosen, naive = report.scores["chosen"], report.scores["naive"]
    assert chosen.mae <= naive.mae * 1.02
    assert chosen.rmse < naive.rmse
    assert report.cutoff == 410 and report.holdout == 90
    assert report.grade in ("good", "fair", "poor")
    assert 0 <= report.model_weight <= 1 and report.common_error >= 0


def test_a_share_of_the_model_must_hold_in_both_periods():
    """The model is best now and far off before: only half of it was good enough then.

    The steady rate is right before, the naive one off by 1 for all.
    """
    ones = np.ones(20)
    now = {"actual": 2 * ones, "mbg": 2 * ones, "steady": 0 * ones, "naive": 0 * ones}
    before = {"actual": ones, "mbg": 3 * ones, "steady": ones, "naive": 2 * ones}
    assert _best_weight([now]) == 1
    assert _best_weight([now, before]) == 0.5
    few = {name: column[:5] for name, column in before.items()}
    assert _best_weight([now, few]) == 1
    # none is as good as the naive rate: the one that comes closest
    hopeless = {**before, "steady": 4 * ones, "naive": ones}
    assert _best_weight([now, hopeless]) == 1


def test_nothing_after_the_cutoff_is_known_to_the_models():
    """Other purchases after the cutoff change what came, not what was forecast."""
    frame = portfolio()
    later = frame["date"] > 410
    without = backtest(frame[~later], end=500, horizon=90)
    report = backtest(frame, end=500, horizon=90)
    came = frame[later].drop_duplicates(["account", "date"]).groupby("account").size()
    # the sum of what was forecast, from the bias and from the sum of what came
    new = frame.groupby("account")["date"].min() > 410
    came = came[~new.reindex(came.index)].sum()
    forecast = (1 + report.scores["mbg"].bias) * came
    assert without.scores["mbg"].bias is None
    assert without.scores["mbg"].mae * without.accounts == pytest.approx(forecast)


def test_at_most_a_third_is_held_out():
    report = backtest(portfolio(days=300), end=300, horizon=1095)
    assert report.holdout <= 100


@pytest.mark.parametrize(
    "frame",
    [
        portfolio(0),
        portfolio(3),
        portfolio(5, days=4),
        pd.DataFrame({"account": [1] * 3, "date": [5] * 3, "amount": [1, 2, -9]}),
    ],
)
def test_too_little_to_test(frame):
    report = backtest(frame, end=500, horizon=90)
    assert (report.grade, report.scores, report.model_weight) == ("none", {}, 1)


def test_dates_or_day_numbers():
    frame = portfolio()
    start = pd.Timestamp("2025-01-01")
    dated = frame.assign(date=start + pd.to_timedelta(frame["date"], unit="D"))
    numbered = backtest(frame, end=500, horizon=90)
    report = backtest(dated, end=start + pd.Timedelta(days=500), horizon=90)
    assert report.scores == numbered.scores
    assert report.cutoff == start + pd.Timedelta(days=410)


def test_one_mistyped_date_does_not_undo_the_test():
    """An invoice of a hundred years ago, of one account in 150."""
    frame = portfolio()
    frame.loc[len(frame)] = (0, -36500.0, 50.0)
    report = backtest(frame, end=500, horizon=1095)
    assert 100 < report.holdout <= 500 / 3
    assert report.grade != "none"
