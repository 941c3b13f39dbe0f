import {PivotModel} from "@web/views/pivot/pivot_model";
import {pivotView} from "@web/views/pivot/pivot_view";
import {registry} from "@web/core/registry";

const RUNS = ["run_id", "run_date"];

function areRuns(groupBys) {
    return groupBys.length > 0 && RUNS.includes(groupBys[0].split(":")[0]);
}

/** What accounts are worth in several runs is not to be added up: no such totals. */
export class RunPivotModel extends PivotModel {
    _getTableHeaders() {
        const headers = super._getTableHeaders(...arguments);
        const {activeMeasures, fullColGroupBys} = this.metaData;
        const isTotalShown = this.data.colGroupTree.directSubTrees.size > 1;
        if (areRuns(fullColGroupBys) && isTotalShown) {
            headers[0].pop();
            headers[headers.length - 1].splice(-activeMeasures.length);
        }
        return headers;
    }

    getTable() {
        const table = super.getTable(...arguments);
        const isTotalShown = this.data.rowGroupTree.directSubTrees.size > 1;
        if (areRuns(this.metaData.fullRowGroupBys) && isTotalShown) {
            // Without the row that all others are part of
            table.rows.shift();
        }
        return table;
    }
}

registry.category("views").add("customer_run_pivot", {
    ...pivotView,
    Model: RunPivotModel,
});
