from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(scope="session")
def cdnow():
    """Purchase histories in weeks; see data/README.md."""
    return pd.read_csv(Path(__file__).parent / "data" / "cdnow.csv")


@pytest.fixture(scope="session")
def histories(cdnow):
    """Frequency, recency and age of CDNOW as arrays of floats."""
    return tuple(
        cdnow[name].to_numpy(float) for name in ("frequency", "recency", "age")
    )
