"""What was learnt from a portfolio, to value some of its accounts with later.

A portfolio is learnt from as a whole, which takes its time; between two such times the
accounts whose documents changed are valued with what is known.
"""

from typing import Any, NamedTuple

from .contracts import ContractModel
from .profit import ShrinkageModel
from .purchases import PurchaseModel
from .spend import SpendModel
from .uncertainty import COMMON_ERROR


class Learnt(NamedTuple):
    """Everything about a portfolio that the value of one of its accounts depends on."""

    method: str  # of the portfolio
    purchase_model: PurchaseModel
    spend_model: SpendModel
    margin_model: ShrinkageModel
    serving_model: ShrinkageModel
    contract_model: ContractModel
    ratio_unit: float  # revenue of a month that is a full observation of a ratio
    model_weight: float  # share of the model in the forecast
    holdout: float  # days at which it was found
    common_error: float  # relative error common to all accounts
    draws: list[PurchaseModel]  # for what is left uncertain of the purchase model

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and texts, to be kept."""
        return {
            "method": self.method,
            "purchase": [
                self.purchase_model.kind,
                *self.purchase_model.params,
                self.purchase_model.regularity,
            ],
            "spend": self.spend_model.params and list(self.spend_model.params),
            "margin": list(self.margin_model.params),
            "serving": list(self.serving_model.params),
            "contract": list(self.contract_model.params),
            "ratio_unit": self.ratio_unit,
            "model_weight": self.model_weight,
            "holdout": self.holdout,
            "common_error": self.common_error,
            "draws": [list(model.params) for model in self.draws],
        }

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> "Learnt":
        """Return what was kept.

        >>> from engine.valuation import Settings, value_portfolio
        >>> import pandas as pd
        >>> accounts = pd.DataFrame(
        ...     {"profit": [9.0], "orders": [1], "orders_ever": [1], "method": [""]},
        ...     index=[1],
        ... )
        >>> invoices = pd.DataFrame({"account": [1], "date": [3], "amount": [9.0]})
        >>> months = pd.DataFrame(
        ...     [[1, 9, 0, 0]],
        ...     columns=["account", "revenue", "product_cost", "serving_cost"],
        ... )
        >>> found = value_portfolio(accounts, invoices, months, Settings(end=9)).learnt
        >>> again = Learnt.from_dict(found.to_dict())
        >>> again.to_dict() == found.to_dict()
        True
        """
        spend = SpendModel()
        if kept["spend"]:
            spend = SpendModel.from_parameters(*kept["spend"])
        kind, *params, regularity = kept["purchase"]
        # what was kept by earlier versions has none of the last
        draws = kept.get("draws") or [params]
        return cls(
            method=kept["method"],
            purchase_model=PurchaseModel.from_parameters(kind, *params, regularity),
            spend_model=spend,
            margin_model=ShrinkageModel.from_parameters(*kept["margin"]),
            serving_model=ShrinkageModel.from_parameters(*kept["serving"]),
            contract_model=ContractModel.from_parameters(*kept["contract"]),
            ratio_unit=kept["ratio_unit"],
            model_weight=kept["model_weight"],
            holdout=kept["holdout"],
            common_error=kept.get("common_error", COMMON_ERROR),
            draws=[
                PurchaseModel.from_parameters(kind, *draw, regularity) for draw in draws
            ],
        )
