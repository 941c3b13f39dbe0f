import tempfile

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CustomerLtvWorkbook(http.Controller):
    """Download how lifetime values come about; rights are those of the records."""

    @http.route(
        "/customer/ltv/workbook/run/<int:run_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def run(self, run_id, **_others):
        """Return the workbook of a run."""
        return self._send(request.env["customer.ltv.run"].browse(run_id), "_write_run")

    @http.route(
        "/customer/ltv/workbook/account/<int:account_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def account(self, account_id, **_others):
        """Return the workbook of an account's value of today."""
        account = request.env["customer.account"].browse(account_id)
        return self._send(account, "_write_account")

    @staticmethod
    def _send(record, write):
        """Send the workbook from a file on the disk, which is gone with the answer."""
        workbooks = request.env["customer.ltv.workbook"]
        # closed, and hence removed, by whoever sends it
        file = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            getattr(workbooks, write)(record, file)
        except Exception:
            file.close()
            raise
        size = file.seek(0, 2)
        file.seek(0)
        name = workbooks._get_file_name(record.display_name)
        headers = [
            ("Content-Type", XLSX),
            ("Content-Length", str(size)),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(
            wrap_file(request.httprequest.environ, file), headers
        )
