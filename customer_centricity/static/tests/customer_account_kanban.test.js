import {expect, queryAllTexts, test} from "@odoo/hoot";
import {animationFrame, press} from "@odoo/hoot-dom";
import {
    contains,
    defineModels,
    fields,
    makeServerError,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

class Group extends models.Model {
    _name = "customer.group";

    name = fields.Char();

    _records = [
        {id: 1, name: "Hotels"},
        {id: 2, name: "Clinics"},
    ];
}

class Customer extends models.Model {
    _name = "customer";

    name = fields.Char();

    _records = [
        {id: 1, name: "North"},
        {id: 2, name: "South"},
        {id: 3, name: "East"},
    ];
}

class Account extends models.Model {
    _name = "customer.account";

    partner_id = fields.Many2one({relation: "customer"});
    group_id = fields.Many2one({relation: "customer.group"});
    group_reason = fields.Char();
    kind = fields.Selection({
        selection: [
            ["old", "Old"],
            ["new", "New"],
        ],
    });

    _records = [
        {id: 1, partner_id: 1, group_id: 1, kind: "old"},
        {id: 2, partner_id: 2, group_id: 1, kind: "old"},
        {id: 3, partner_id: 3, group_id: 2, kind: "new"},
    ];
}

defineMailModels();
defineModels([Account, Customer, Group]);

async function openKanban(groupBy = ["group_id"]) {
    onRpc("customer.account", "web_save", ({args}) => {
        expect.step(args[1]);
    });
    await mountView({
        type: "kanban",
        resModel: "customer.account",
        groupBy,
        arch: `
            <kanban js_class="customer_account_kanban">
                <field name="group_reason"/>
                <templates>
                    <t t-name="card"><field name="partner_id"/></t>
                </templates>
            </kanban>`,
    });
}

function column(number) {
    return `.o_kanban_group:nth-child(${number})`;
}

function cards(number) {
    return queryAllTexts(`${column(number)} .o_kanban_record`);
}

async function drag(name, number) {
    await contains(`.o_kanban_record:contains(${name})`).dragAndDrop(column(number));
}

test("a card moves once the reason is given, and both are written at once", async () => {
    await openKanban();
    await drag("North", 2);
    expect(".modal").toHaveCount(1);
    expect(".modal .modal-body").toHaveText(/North to be in Clinics/);
    expect(cards(1)).toEqual(["North", "South"]);
    expect(".modal .btn-primary").not.toBeEnabled();
    await contains(".modal input").edit("   ");
    expect(".modal .btn-primary").not.toBeEnabled();
    await contains(".modal input").edit(" They sold their rooms ", {confirm: false});
    expect.verifySteps([]);
    await contains(".modal .btn-primary").click();
    expect(".modal").toHaveCount(0);
    expect(cards(1)).toEqual(["South"]);
    expect(cards(2).toSorted()).toEqual(["East", "North"]);
    expect.verifySteps([{group_id: 2, group_reason: "They sold their rooms"}]);
});

test("enter is as good as the button", async () => {
    await openKanban();
    await drag("North", 2);
    await contains(".modal input").edit("So it is", {confirm: false});
    await press("Enter");
    await animationFrame();
    expect(cards(1)).toEqual(["South"]);
    expect.verifySteps([{group_id: 2, group_reason: "So it is"}]);
});

test("called off, the card stays where it was", async () => {
    await openKanban();
    for (const way of [".modal .btn-secondary", ".modal .btn-close"]) {
        await drag("North", 2);
        await contains(way).click();
        expect(".modal").toHaveCount(0);
        expect(cards(1)).toEqual(["North", "South"]);
        expect(cards(2)).toEqual(["East"]);
        expect(".o_kanban_hover").toHaveCount(0);
    }
    await drag("North", 2);
    await press("Escape");
    await animationFrame();
    expect(".modal").toHaveCount(0);
    expect(cards(1)).toEqual(["North", "South"]);
    expect.verifySteps([]);
});

test("refused, the card comes back and the reason is forgotten", async () => {
    expect.errors(1);
    let refuse = true;
    onRpc("customer.account", "web_save", () => {
        if (refuse) {
            throw makeServerError({message: "Not this one"});
        }
    });
    await openKanban();
    await drag("North", 2);
    await contains(".modal input").edit("First", {confirm: false});
    await contains(".modal .btn-primary").click();
    await animationFrame();
    expect.verifyErrors([/Not this one/]);
    expect(cards(1)).toEqual(["North", "South"]);
    expect.verifySteps([{group_id: 2, group_reason: "First"}]);
    await contains(".modal .btn-primary").click();
    refuse = false;
    await drag("North", 2);
    await contains(".modal input").edit("Second", {confirm: false});
    await contains(".modal .btn-primary").click();
    expect(cards(1)).toEqual(["South"]);
    expect.verifySteps([{group_id: 2, group_reason: "Second"}]);
});

test("grouped by something else, nobody is asked", async () => {
    await openKanban(["kind"]);
    await drag("North", 2);
    expect(".modal").toHaveCount(0);
    expect(cards(2).toSorted()).toEqual(["East", "North"]);
    expect.verifySteps([{kind: "new"}]);
});
