from odoo import api, models
from odoo.tools import SQL

# What is known of a customer before it is one, by number, as (name, model of its
# values). Without a model the values are numbers of their own, or words.
FACETS = {
    1: ("industry", "res.partner.industry"),
    2: ("country", "res.country"),
    3: ("state", "res.country.state"),
    4: ("kind", None),
    5: ("language", "res.lang"),
    6: ("source", "utm.source"),
    7: ("medium", "utm.medium"),
    8: ("campaign", "utm.campaign"),
    9: ("recommended", None),
    10: ("tag", "res.partner.category"),
    11: ("lead_tag", "crm.tag"),
    12: ("category", "product.category"),
    13: ("word", None),
    14: ("size", None),
}
NUMBERS = {name: number for number, (name, _model) in FACETS.items()}
# Columns of the query of accounts behind those
TIER, GROUP, FIRST_ORDER, EARNS = (len(FACETS) + place for place in range(1, 5))
# How far back the test of what was learnt goes
TEST_MONTHS = 12
# Those that only customers have: what they ordered first
OF_CUSTOMERS = (NUMBERS["category"],)
COMPANY, PERSON = 1, 2
RECOMMENDED, NOT_RECOMMENDED = 1, 2
# Borders of the order of size of what a first opportunity is expected to bring, in the
# currency of the company
SIZE_BORDERS = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
# Characters of the text of a record that are looked at
TEXT_LENGTH = 4000


class CustomerLookalikeFacets(models.AbstractModel):
    """What is known of accounts, leads and contacts before they are customers.

    One query for any number of them. Every row has an id, the values of FACETS in
    their order (a list for those that may have several), and a text in the place of
    the words. Odoo knows no number of employees: what the first opportunity with a
    customer was expected to bring tells its size. How many contacts there are is none
    of the facets: it grows with the business, and so tells who became a good customer,
    not who will.

    Meant to be extended: by a number and a name in FACETS, and a column in every query.
    """

    _name = "customer.lookalike.facets"
    _description = "What Is Known before Somebody Is a Customer"

    # ------------------------------------------------------------------
    # Queries
    # ------------------------------------------------------------------

    @api.model
    def _get_account_query(self, company):
        """Return the facets of customers who have ordered, and may be profiled.

        After them: the tier, the group, the day of the first order, and whether the
        account earned a profit.
        """
        return SQL(
            """
            WITH won AS (%(won)s)
            SELECT account.id,
                   COALESCE(partner.industry_id, won.customer_industry_id),
                   COALESCE(partner.country_id, won.country_id),
                   COALESCE(partner.state_id, won.state_id),
                   CASE WHEN partner.is_company THEN %(company_kind)s
                        ELSE %(person)s END,
                   COALESCE(lang.id, won.lang_id),
                   won.source_id, won.medium_id, won.campaign_id,
                   CASE WHEN partner.referred_by_id IS NOT NULL
                          OR COALESCE(won.referred, '') <> ''
                        THEN %(recommended)s ELSE %(not_recommended)s END,
                   %(tags)s,
                   %(lead_tags)s,
                   (SELECT ARRAY_AGG(bought.category_id)
                      FROM customer_account_category bought
                     WHERE bought.account_id = account.id
                       AND bought.first_date = account.first_order_date),
                   LEFT(CONCAT_WS(' ', CASE WHEN partner.is_company
                                            THEN partner.name END,
                                  partner.website, won.name, won.website,
                                  won.description), %(length)s),
                   %(size)s,
                   account.tier_id, account.group_id, account.first_order_date,
                   account.result = 'profit'
              FROM customer_account account
              JOIN res_partner partner ON partner.id = account.partner_id
              LEFT JOIN res_lang lang ON lang.code = partner.lang
              LEFT JOIN won ON won.customer_id = account.partner_id
             WHERE account.company_id = %(company)s
               AND account.active
               AND account.first_order_date IS NOT NULL
               AND %(profiled)s
             ORDER BY account.id
            """,
            won=self._get_won_query(company),
            company_kind=COMPANY,
            person=PERSON,
            recommended=RECOMMENDED,
            not_recommended=NOT_RECOMMENDED,
            tags=self._get_tags(SQL.identifier("partner", "id")),
            lead_tags=self._get_lead_tags(SQL.identifier("won", "id")),
            length=TEXT_LENGTH,
            size=self._get_size("won"),
            company=company.id,
            profiled=self.env["customer.account"]._get_profiled_condition(),
        )

    @api.model
    def _get_won_query(self, company):
        """Return the first lead that was won with each customer: where it came from."""
        return SQL(
            """
            SELECT DISTINCT ON (contact.commercial_partner_id)
                   contact.commercial_partner_id AS customer_id, lead.id, lead.name,
                   lead.customer_industry_id, lead.country_id, lead.state_id,
                   lead.lang_id, lead.source_id, lead.medium_id, lead.campaign_id,
                   lead.referred, lead.website, lead.description, lead.date_closed,
                   lead.expected_revenue
              FROM crm_lead lead
              JOIN res_partner contact ON contact.id = lead.partner_id
             WHERE lead.won_status = 'won' AND %s
             ORDER BY contact.commercial_partner_id, lead.date_closed, lead.id
            """,
            self._get_company_condition(company),
        )

    @api.model
    def _get_company_condition(self, company):
        """Return which leads are of a company.

        Those that are of none are seen in every company, and what customers of one are
        like is not for the others: they count where there is no other one.
        """
        if self.env["res.company"].sudo().search_count([], limit=2) == 1:
            # sudo: how many companies there are, whoever saves a lead
            return SQL("COALESCE(lead.company_id, %s) = %s", company.id, company.id)
        return SQL("lead.company_id = %s", company.id)

    @api.model
    def _get_lead_query(self, company, condition):
        """Return the facets of leads of a company that may be ranked.

        They are open, and of nobody who has ordered already or may not be profiled.
        """
        return SQL(
            """
            SELECT lead.id,
                   COALESCE(partner.industry_id, lead.customer_industry_id),
                   COALESCE(partner.country_id, lead.country_id),
                   COALESCE(partner.state_id, lead.state_id),
                   CASE WHEN partner.is_company THEN %(company_kind)s
                        WHEN partner.id IS NOT NULL THEN %(person)s
                        WHEN lead.partner_name <> '' THEN %(company_kind)s END,
                   COALESCE(lang.id, lead.lang_id),
                   lead.source_id, lead.medium_id, lead.campaign_id,
                   CASE WHEN partner.referred_by_id IS NOT NULL
                          OR COALESCE(lead.referred, '') <> ''
                        THEN %(recommended)s ELSE %(not_recommended)s END,
                   %(tags)s,
                   %(lead_tags)s,
                   %(categories)s,
                   LEFT(CONCAT_WS(' ', CASE WHEN partner.is_company
                                            THEN partner.name
                                            ELSE lead.partner_name END,
                                  partner.website, lead.name, lead.website,
                                  lead.description), %(length)s),
                   %(size)s
              FROM crm_lead lead
              LEFT JOIN res_partner contact ON contact.id = lead.partner_id
              LEFT JOIN res_partner partner
                ON partner.id = contact.commercial_partner_id
              LEFT JOIN res_lang lang ON lang.code = partner.lang
             WHERE %(rankable)s AND %(condition)s
             ORDER BY lead.id
            """,
            company_kind=COMPANY,
            person=PERSON,
            recommended=RECOMMENDED,
            not_recommended=NOT_RECOMMENDED,
            tags=self._get_tags(SQL.identifier("partner", "id")),
            lead_tags=self._get_lead_tags(SQL.identifier("lead", "id")),
            categories=self._get_lead_categories(),
            length=TEXT_LENGTH,
            size=self._get_size("lead"),
            rankable=self._get_rankable_condition(company),
            condition=condition,
        )

    @api.model
    def _get_rankable_condition(self, company):
        return SQL(
            """
            lead.active AND lead.won_status = 'pending' AND %(company)s
            AND NOT COALESCE(partner.customer_profiling_opt_out, FALSE)
            AND NOT COALESCE(contact.customer_profiling_opt_out, FALSE)
            AND NOT EXISTS (
                SELECT FROM customer_account account
                 WHERE account.partner_id = partner.id
                   AND account.company_id = %(company_id)s
                   AND account.first_order_date IS NOT NULL)
            """,
            company=self._get_company_condition(company),
            company_id=company.id,
        )

    @api.model
    def _get_lead_categories(self):
        """Return the SQL of the categories that a lead has quotations for."""
        if "order_ids" not in self.env["crm.lead"]._fields:
            return SQL("NULL::integer[]")
        return SQL(
            """
            (SELECT ARRAY_AGG(template.categ_id)
               FROM sale_order quotation
               JOIN sale_order_line line ON line.order_id = quotation.id
               JOIN product_product product ON product.id = line.product_id
               JOIN product_template template ON template.id = product.product_tmpl_id
              WHERE quotation.opportunity_id = lead.id
                AND quotation.state IN ('draft', 'sent'))
            """
        )

    @api.model
    def _get_prospect_query(self, company, after, limit, newest=False):
        """Return the facets of the next contacts who may be prospects.

        :param after: the id behind which they begin
        :param newest: those that were entered last, the last one first
        """
        return SQL(
            """
            SELECT partner.id, partner.industry_id, partner.country_id,
                   partner.state_id,
                   CASE WHEN partner.is_company THEN %(company_kind)s
                        ELSE %(person)s END,
                   lang.id, NULL, NULL, NULL,
                   CASE WHEN partner.referred_by_id IS NOT NULL
                        THEN %(recommended)s ELSE %(not_recommended)s END,
                   %(tags)s, NULL, NULL,
                   LEFT(CONCAT_WS(' ', CASE WHEN partner.is_company
                                            THEN partner.name END,
                                  partner.website), %(length)s),
                   NULL
              FROM res_partner partner
              LEFT JOIN res_lang lang ON lang.code = partner.lang
             WHERE partner.id > %(after)s AND %(condition)s
             ORDER BY partner.id %(direction)s
             LIMIT %(limit)s
            """,
            company_kind=COMPANY,
            person=PERSON,
            recommended=RECOMMENDED,
            not_recommended=NOT_RECOMMENDED,
            tags=self._get_tags(SQL.identifier("partner", "id")),
            length=TEXT_LENGTH,
            after=after,
            condition=self._get_prospect_condition(company),
            direction=SQL("DESC" if newest else "ASC"),
            limit=limit,
        )

    @api.model
    def _get_prospect_condition(self, company):
        """Return which contacts may be prospects: who has never been invoiced.

        Companies and people for themselves; no colleagues, no suppliers, nobody with an
        open lead, which is ranked itself.
        """
        return SQL(
            """
            partner.active
            AND partner.partner_share
            AND partner.commercial_partner_id = partner.id
            AND COALESCE(partner.supplier_rank, 0) = 0
            AND COALESCE(partner.company_id, %(company)s) = %(company)s
            AND NOT COALESCE(partner.customer_profiling_opt_out, FALSE)
            AND NOT EXISTS (
                SELECT FROM customer_account account
                 WHERE account.partner_id = partner.id
                   AND account.company_id = %(company)s
                   AND account.first_order_date IS NOT NULL)
            AND NOT EXISTS (
                SELECT FROM res_users users WHERE users.partner_id = partner.id)
            AND NOT EXISTS (
                SELECT FROM res_company own WHERE own.partner_id = partner.id)
            AND NOT EXISTS (
                SELECT FROM crm_lead lead
                  JOIN res_partner contact ON contact.id = lead.partner_id
                 WHERE contact.commercial_partner_id = partner.id
                   AND lead.active AND lead.won_status = 'pending' AND %(leads)s)
            """,
            company=company.id,
            leads=self._get_company_condition(company),
        )

    @api.model
    def _get_tags(self, partner):
        return SQL(
            "(SELECT ARRAY_AGG(tag.category_id)"
            " FROM res_partner_res_partner_category_rel tag WHERE tag.partner_id = %s)",
            partner,
        )

    @api.model
    def _get_lead_tags(self, lead):
        return SQL(
            "(SELECT ARRAY_AGG(tag.tag_id) FROM crm_tag_rel tag"
            " WHERE tag.lead_id = %s)",
            lead,
        )

    @api.model
    def _get_size(self, lead):
        """Return the order of size of what a lead is expected to bring, if it is known.

        :param lead: name of the leads in the query
        """
        return SQL(
            "CASE WHEN %(revenue)s > 0"
            " THEN width_bucket(%(revenue)s, %(borders)s::numeric[]) END",
            revenue=SQL.identifier(lead, "expected_revenue"),
            borders=list(SIZE_BORDERS),
        )

    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------

    @api.model
    def _spread(self, rows, vocabulary, grow=False, without=()):
        """Return rows of queries as columns: subject, facet, value.

        :param vocabulary: {word: number} of the words that count; with ``grow`` those
            that it lacks are added, else they are left out
        :param without: numbers of facets to leave out
        """
        from odoo.addons.customer_centricity.engine import lookalike

        subjects, facets, values = [], [], []
        plain = [number for number in FACETS if number != NUMBERS["word"]]
        for subject, row in enumerate(rows):
            for facet in plain:
                found = row[facet]
                if found is None or facet in without:
                    continue
                for value in found if isinstance(found, list) else (found,):
                    if value is not None:
                        subjects.append(subject)
                        facets.append(facet)
                        values.append(value)
            for word in lookalike.words(row[NUMBERS["word"]]):
                value = vocabulary.get(word)
                if value is None and grow:
                    value = vocabulary[word] = len(vocabulary)
                if value is not None:
                    subjects.append(subject)
                    facets.append(NUMBERS["word"])
                    values.append(value)
        return subjects, facets, values
