"""The mathematics of the addon: plain numpy, pandas and scipy, no Odoo.

Arrays in, arrays out. Nothing here knows a partner, a currency or a database, so the
package can be used and tested alone: put the addon's folder on the path and
``import engine``.
"""
