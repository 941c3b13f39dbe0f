import {defineModels, fields, models, mountView} from "@web/../tests/web_test_helpers";
import {expect, queryAllTexts, test} from "@odoo/hoot";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

class Snapshot extends models.Model {
    _name = "customer.account.snapshot";

    run_date = fields.Date({groupable: true, store: true});
    tier = fields.Char({groupable: true, store: true});
    value = fields.Integer({aggregator: "sum", store: true});

    _records = [
        {id: 1, run_date: "2024-12-31", tier: "A", value: 10},
        {id: 2, run_date: "2025-12-31", tier: "A", value: 30},
        {id: 3, run_date: "2025-12-31", tier: "B", value: 7},
    ];
}

defineMailModels();
defineModels([Snapshot]);

async function openPivot(row, column) {
    await mountView({
        type: "pivot",
        resModel: "customer.account.snapshot",
        arch: `<pivot js_class="customer_run_pivot">
            <field name="${row}" interval="year" type="row"/>
            <field name="${column}" interval="year" type="col"/>
            <field name="value" type="measure"/>
        </pivot>`,
    });
}

test("runs side by side are not added up", async () => {
    await openPivot("tier", "run_date");
    expect(queryAllTexts("tbody td")).toEqual(["10", "37", "10", "30", "", "7"]);
});

test("runs one below the other are not added up", async () => {
    await openPivot("run_date", "tier");
    expect(queryAllTexts("tbody th")).toEqual(["2024", "2025"]);
    expect(queryAllTexts("tbody td")).toEqual(["10", "", "10", "30", "7", "37"]);
});
