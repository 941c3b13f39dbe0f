from . import customer_cost_driver
from . import stock_picking
