/* Sends what was chosen in the e-mail, so that one click is enough. Whoever only opens
 * the link, as mail scanners do, and whoever looks at it ahead of time sends nothing. */
(function () {
    "use strict";
    const form = document.querySelector("form[data-send]");
    if (!form) {
        return;
    }
    function send() {
        if (document.visibilityState !== "visible") {
            return;
        }
        document.removeEventListener("visibilitychange", send);
        form.querySelector("button.primary").click();
    }
    document.addEventListener("visibilitychange", send);
    send();
})();
