// What scripts add to every page: the reader's time zone, and parts that follow what happens.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`zone=${zone}`)) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `zone=${zone}; Path=/dashboard; Max-Age=31536000; SameSite=Lax${secure}`;
}

// <section data-live="URL" data-every="2000"> is replaced by what URL answers, again and again,
// until the answer says that nothing will change any more (header X-Live: done).
const QUIET = 30_000; // milliseconds between two looks while the service does not answer

async function follow(part) {
  let pause = Number(part.dataset.every) || 2000;
  if (document.visibilityState === "visible" && !part.contains(document.querySelector(":popover-open"))) {
    try {
      const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" } });
      if (answer.redirected) return; // signed out meanwhile
      if (answer.ok) {
        const text = await answer.text();
        if (text !== part.seen) part.innerHTML = part.seen = text;
        if (answer.headers.get("X-Live") === "done") return;
      } else pause = QUIET;
    } catch {
      pause = QUIET;
    }
  }
  setTimeout(follow, pause, part);
}

for (const part of document.querySelectorAll("[data-live]")) {
  setTimeout(follow, Number(part.dataset.every) || 2000, part);
}

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
