import {_t} from "@web/core/l10n/translation";

/** Whether the server tells amounts: it does to whoever may see them. */
export function hasMoney(rows) {
    return rows.some(({value}) => value !== undefined);
}

/**
 * The columns of rows that are of accounts each: how many, and what they bring.
 *
 * @param {Object[]} rows as the server tells them
 * @param {Boolean} hasProfit whether their profit is told besides their value
 * @returns {Object[]} columns of a DashboardTable
 */
export function getAccountColumns(rows, hasProfit = true) {
    const columns = [{field: "count", label: _t("Accounts"), kind: "count"}];
    if (hasMoney(rows)) {
        if (hasProfit) {
            columns.push({field: "profit", label: _t("Profit"), kind: "money"});
        }
        columns.push({field: "value", label: _t("Value"), kind: "money"});
    }
    return columns;
}
