from odoo import api, models


class CustomerLtvWorkbook(models.AbstractModel):
    """What sheets, columns and parameters of a workbook are called, and what they are.

    Formulas and the names in them are the same in all languages.
    """

    _inherit = "customer.ltv.workbook"

    @api.model
    def _get_sheet_names(self):
        return {
            "read_me": self.env._("1 Read me"),
            "parameters": self.env._("2 Parameters"),
            "facts": self.env._("3 Facts"),
            "orders": self.env._("4 Expected orders"),
            "profit": self.env._("5 Order profit"),
            "discount": self.env._("6 Discounting"),
            "value": self.env._("7 Value and tier"),
            "check": self.env._("8 Check"),
            "months": self.env._("9 Months and numbers"),
            "one": self.env._("10 One account"),
        }

    @api.model
    def _get_sheet_lines(self):
        """Return what a sheet with a row an account is about, in a few lines."""
        return {
            "facts": [
                self.env._(
                    "What the documents tell of each account, as of the day on the "
                    "sheet of parameters. All else follows from here."
                ),
                self.env._(
                    "An order is a day on which more was invoiced than credited. Times "
                    "are in days, amounts in company currency without tax."
                ),
                self.env._(
                    "Margin and serving cost are shares of the revenue of the last 36 "
                    "months; the weight says how many average months they rest on."
                ),
            ],
            "orders": [
                self.env._(
                    "Probabilistic: P(still a customer) x the sum, over the 1st, 2nd, "
                    "3rd ... order to come, of the chance to be there for it x the "
                    "chance that it falls due in time."
                ),
                self.env._(
                    "MBG/CNBD-k (Batislam, Denizel & Filiztekin 2007; Platzer & "
                    "Reutterer 2016). The share corrects the model by the account's "
                    "own rate, as the test on the last part of the history has it."
                ),
                self.env._(
                    "Contract: P(still a customer) x the sum of the chances to renew "
                    "at each date to come (shifted beta geometric, Fader & Hardie "
                    "2007)."
                ),
                self.env._("Plain rule: orders a year x years, at least one."),
            ],
            "profit": [
                self.env._(
                    "Profit of an order = value of an order x (margin - serving cost). "
                    "Each lies between the account's own and that of the portfolio; "
                    "the weight says how much its own counts."
                ),
                self.env._(
                    "Value of an order: Gamma-Gamma (Fader & Hardie 2013). Margin and "
                    "serving cost: shrinkage to the portfolio (Schmittlein & Peterson "
                    "1994)."
                ),
                self.env._("Plain rule: profit of the window by its orders."),
            ],
            "discount": [
                self.env._(
                    "The same sums, each month's orders for what money at its end is "
                    "worth today: the weights are on the sheet of months."
                ),
                self.env._("The plain rule does not discount."),
            ],
            "value": [
                self.env._(
                    "Value = expected orders x profit of an order x discount, rounded."
                ),
                self.env._(
                    "At least and at most come from 256 points of the distribution of "
                    "orders, money and ratios: they cannot be told in a formula, and "
                    "stand here as they were computed."
                ),
                self.env._(
                    "Tier: the first whose border the value reaches. Who has crossed a "
                    "border of its tier by less than the band stays; who is kept by "
                    "hand stays where people have put it."
                ),
            ],
        }

    @api.model
    def _get_column_words(self):
        """Return label and meaning of each column."""
        words = {
            "account": (self.env._("Account"), ""),
            "method": (
                self.env._("Method"),
                self.env._("How the account is valued: it decides which formulas hold"),
            ),
            "status": (self.env._("Rests on"), ""),
            "occasions": (self.env._("Days with orders"), ""),
            "frequency": (
                self.env._("Repeat orders"),
                self.env._("x: days with orders after the first one"),
            ),
            "recency": (
                self.env._("Days from first to last order"),
                self.env._("Age at the last order"),
            ),
            "age": (
                self.env._("Days known"),
                self.env._("T: from the first order to the day of the valuation"),
            ),
            "mean_gap": (self.env._("Days between orders"), ""),
            "gap_variation": (
                self.env._("Variation of the gaps"),
                self.env._("Standard deviation over mean"),
            ),
            "seasons": (self.env._("Years with the season"), ""),
            "season_days": (self.env._("Days of the season"), ""),
            "mean_value": (
                self.env._("Mean repeat order"),
                self.env._("Money of a repeat order, credit notes taken off"),
            ),
            "first_value": (self.env._("First order"), ""),
            "margin_count": (self.env._("Weight of its margin"), ""),
            "margin_mean": (self.env._("Own margin"), ""),
            "serving_count": (self.env._("Weight of its serving cost"), ""),
            "serving_mean": (self.env._("Own serving cost"), ""),
            "profit": (self.env._("Profit of the window"), ""),
            "orders": (self.env._("Orders of the window"), ""),
            "orders_ever": (self.env._("Orders ever"), ""),
            "shape": (
                self.env._("Shape"),
                self.env._("c = r + k x, of the gamma law of its buying rate"),
            ),
            "log_dead": (
                self.env._("ln S1"),
                self.env._("What says that it has left"),
            ),
            "alive_terms": (
                self.env._("S2"),
                self.env._("What says that it is still there"),
            ),
            "seasonal": (
                self.env._("In a season"),
                self.env._("1: each season is renewed, else each order"),
            ),
            "made": (self.env._("Renewals made"), ""),
            "orders_each": (self.env._("Orders a renewal"), ""),
            "gap": (self.env._("Days to a renewal"), ""),
            "deviation": (self.env._("Deviation of these"), ""),
            "silence": (self.env._("Days since last order"), ""),
            "passed": (
                self.env._("Part of the gap passed"),
                self.env._("1 at most: what is overdue is due now"),
            ),
            "retention": (
                self.env._("Renews next time"),
                self.env._("r: chance that the next renewal is made"),
            ),
            "on_time": (
                self.env._("Could still come"),
                self.env._("q: chance that a renewal comes after such a silence"),
            ),
            "on_time_new": (
                self.env._("Could still come, just renewed"),
                self.env._("The same at no silence"),
            ),
            "alive": (self.env._("Still a customer"), self.env._("P(alive)")),
            "stay_scale": (
                self.env._("Scale of staying"),
                self.env._(
                    "Makes the chance to be there 1 for the first order to come"
                ),
            ),
            "tested": (
                self.env._("Orders in the days tested"),
                self.env._("By the model alone"),
            ),
            "own_rate": (
                self.env._("At its own rate"),
                self.env._(
                    "In the same days: P(alive) x repeat orders over days known"
                ),
            ),
            "share": (
                self.env._("Correction"),
                self.env._(
                    "Weight of the model + (1 - weight) x own rate over the model's"
                ),
            ),
            "expected_orders": (
                self.env._("Expected orders"),
                self.env._("Over the horizon"),
            ),
            "repeats": (
                self.env._("Repeat orders with money"),
                self.env._("Those that the mean rests on"),
            ),
            "order_weight": (self.env._("Weight of its own"), ""),
            "order_value": (self.env._("Value of an order"), ""),
            "margin_weight": (self.env._("Weight of its own margin"), ""),
            "margin": (self.env._("Margin"), ""),
            "serving_weight": (self.env._("Weight of its own serving cost"), ""),
            "serving": (self.env._("Serving cost"), ""),
            "order_profit": (self.env._("Profit of an order"), ""),
            "discounted_orders": (
                self.env._("Orders for what they are worth today"),
                self.env._("Sum over the months of orders x worth today"),
            ),
            "discount": (
                self.env._("Discount"),
                self.env._("What a later profit is worth today, on average"),
            ),
            "value_orders": (self.env._("Expected orders"), ""),
            "value_profit": (self.env._("Profit of an order"), ""),
            "value_discount": (self.env._("Discount"), ""),
            "value": (self.env._("Lifetime value"), ""),
            "low": (self.env._("At least"), ""),
            "high": (self.env._("At most"), ""),
            "tier_by_value": (self.env._("Tier by value"), ""),
            "tier_before": (self.env._("Tier before"), ""),
            "tier_kept": (self.env._("Kept by hand"), ""),
            "tier_new": (self.env._("New tier"), ""),
            "stored": (
                self.env._("Value as stored"),
                self.env._("What Odoo shows, computed on its own way"),
            ),
            "difference": (self.env._("Difference"), ""),
            "tier_stored": (self.env._("New tier as stored"), ""),
            "tier_same": (self.env._("Same tier"), ""),
        }
        for phase in range(1, 6):
            words[f"phase_{phase}"] = (
                self.env._("Phase %s", phase),
                self.env._("Term of S2: so many phases of the gap have passed"),
            )
        return words

    @api.model
    def _get_year_label(self, year):
        return self.env._("Orders until the end of year %s", year)

    @api.model
    def _get_part_words(self):
        return {
            "probabilistic": self.env._("Probabilistic"),
            "contract": self.env._("Contract"),
        }

    @api.model
    def _get_parameter_words(self):
        """Return label and meaning of each parameter."""
        gamma = self.env._("of the buying rates, which differ as gamma(r, alpha)")
        beta = self.env._("of the chances to leave, which differ as beta(a, b)")
        return {
            "discount_rate": (
                self.env._("Yearly discount rate"),
                self.env._("Change it and see all values change."),
            ),
            "horizon_months": (
                self.env._("Horizon in months"),
                self.env._("May be made shorter here; for a longer one compute a run."),
            ),
            "days_per_month": (self.env._("Days of a month"), "365.25 / 12"),
            "window_years": (self.env._("Years of the profit window"), ""),
            "purchase_r": (
                self.env._("r, likeness in buying"),
                self.env._(
                    "The higher, the more alike accounts are in how often they buy. "
                    "Shape %s",
                    gamma,
                ),
            ),
            "purchase_alpha": (
                self.env._("alpha, rarity of buying"),
                self.env._(
                    "The higher, the more rarely accounts buy. Scale, in days, %s",
                    gamma,
                ),
            ),
            "purchase_a": (
                self.env._("a, leaving"),
                self.env._(
                    "The higher beside b, the sooner accounts leave. Parameter %s", beta
                ),
            ),
            "purchase_b": (
                self.env._("b, staying"),
                self.env._(
                    "The higher beside a, the longer accounts stay. Parameter %s", beta
                ),
            ),
            "regularity": (
                self.env._("k, regularity"),
                self.env._(
                    "1: orders come at random; the higher, the more regularly. Do not "
                    "change it: the sheets have as many phases."
                ),
            ),
            "model_weight": (
                self.env._("Weight of the model"),
                self.env._("The rest is the own rate of those still customers."),
            ),
            "tested_days": (
                self.env._("Days tested"),
                self.env._("Last days of the history, at which the weight was found."),
            ),
            "contract_alpha": (
                self.env._("alpha of contracts"),
                self.env._("Chances to let a renewal pass: beta(alpha, beta)"),
            ),
            "contract_beta": (
                self.env._("beta of contracts"),
                self.env._("Chances to let a renewal pass: beta(alpha, beta)"),
            ),
            "spend_p": (
                self.env._("p"),
                self.env._("Shape of the amounts of one account"),
            ),
            "spend_q": (
                self.env._("q"),
                self.env._("Shape of how accounts differ in their amounts"),
            ),
            "spend_v": (
                self.env._("v"),
                self.env._("Scale of how accounts differ, in money"),
            ),
            "margin_average": (self.env._("Margin of the portfolio"), ""),
            "margin_months": (
                self.env._("Months as good as the portfolio"),
                self.env._(
                    "Variance of an account's monthly margins over that between "
                    "accounts: so many months of its own weigh half"
                ),
            ),
            "serving_average": (self.env._("Serving cost of the portfolio"), ""),
            "serving_months": (
                self.env._("Months as good as the portfolio"),
                self.env._(
                    "Variance of an account's monthly serving costs over that between "
                    "accounts: so many months of its own weigh half"
                ),
            ),
        }
