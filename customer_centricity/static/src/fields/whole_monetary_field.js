import {MonetaryField, monetaryField} from "@web/views/fields/monetary/monetary_field";
import {_t} from "@web/core/l10n/translation";
import {formatMonetary} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";

/** Money in whole units, where cents would only be noise: on cards. */
export class WholeMonetaryField extends MonetaryField {
    get currencyDigits() {
        return [16, 0];
    }
}

registry.category("fields").add("customer_whole_monetary", {
    ...monetaryField,
    component: WholeMonetaryField,
    displayName: _t("Monetary without cents"),
});

/** Sums below a list are formatted by the name of its widget. */
export function formatWholeMonetary(value, options) {
    return formatMonetary(value, {...options, digits: [16, 0]});
}
formatWholeMonetary.extractOptions = formatMonetary.extractOptions;

registry.category("formatters").add("customer_whole_monetary", formatWholeMonetary);
