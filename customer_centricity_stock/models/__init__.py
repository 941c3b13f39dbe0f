from . import customer_account_change
from . import customer_cost_driver
from . import stock_picking
