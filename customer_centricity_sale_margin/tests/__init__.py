from . import test_purchase_price
