from .common_group import GroupCommon


class VoiceCommon(GroupCommon):
    """Four accounts, and contacts who say how likely they are to recommend us.

    By result: north, south and a earn, b costs.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Response = cls.env["customer.nps.response"]
        cls.d = cls.partner_b

    @classmethod
    def _answer(cls, partner, score, day="2026-07-01", contact=None, **vals):
        """Have a contact answer: a named one of the partner, or itself."""
        if contact:
            contact = cls.env["res.partner"].search(
                [("name", "=", contact), ("parent_id", "=", partner.id)]
            ) or cls.env["res.partner"].create(
                {"name": contact, "parent_id": partner.id}
            )
        return cls.Response.create(
            {
                "partner_id": (contact or partner).id,
                "company_id": cls.company.id,
                "score": score,
                "date": day,
                **vals,
            }
        )

    def _hear(self):
        """Do the stage of the refresh that counts answers, as a step after a step."""
        self.company.customer_refresh_cursor = 0
        steps = 0
        while self.Account._refresh_voice(self.company):
            steps += 1
            self.env.invalidate_all()
        return steps

    def _told(self, partner, *names):
        account = self._account(partner)
        return tuple(account[name] for name in names)
