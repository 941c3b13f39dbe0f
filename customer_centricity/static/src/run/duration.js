import {_t} from "@web/core/l10n/translation";

/** A time in words, as exactly as anybody wants to know. */
export function formatDuration(seconds) {
    const whole = Math.floor(seconds);
    if (whole < 1) {
        return _t("under 1 s");
    }
    if (whole < 60) {
        return _t("%s s", whole);
    }
    if (whole < 3600) {
        return _t("%(minutes)s min %(seconds)s s", {
            minutes: Math.floor(whole / 60),
            seconds: whole % 60,
        });
    }
    return _t("%(hours)s h %(minutes)s min", {
        hours: Math.floor(whole / 3600),
        minutes: Math.floor((whole % 3600) / 60),
    });
}
