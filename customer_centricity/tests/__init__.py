from . import test_profit_month
