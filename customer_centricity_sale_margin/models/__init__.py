from . import customer_account_change
from . import customer_profit_source
