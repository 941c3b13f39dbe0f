from . import customer_profit_source
