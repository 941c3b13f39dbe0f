from . import customer_ltv_chunk
