import {MonetaryField, monetaryField} from "@web/views/fields/monetary/monetary_field";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {xml} from "@odoo/owl";

/**
 * Money that opens what it is made of: a click calls the method given in the options
 * on the record, with the name of the field as `customer_figure` in the context.
 */
export class OpeningMonetaryField extends MonetaryField {
    static template = xml`
        <a t-if="value" href="#" t-att-title="title"
            t-on-click.stop.prevent="open" t-out="formattedValue"/>
        <span t-else="" class="text-muted" t-out="formattedValue"/>`;
    static props = {...MonetaryField.props, method: {type: String}};

    setup() {
        super.setup();
        this.action = useService("action");
    }

    get title() {
        return _t("Open what this figure is made of");
    }

    open() {
        const {resModel, resId, context} = this.props.record;
        return this.action.doActionButton({
            type: "object",
            name: this.props.method,
            resModel,
            resId,
            resIds: [resId],
            context,
            buttonContext: {customer_figure: this.props.name},
        });
    }
}

registry.category("fields").add("customer_opening_monetary", {
    ...monetaryField,
    component: OpeningMonetaryField,
    displayName: _t("Monetary that opens its records"),
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...monetaryField.extractProps(fieldInfo, dynamicInfo),
        method: fieldInfo.options.method,
    }),
});
