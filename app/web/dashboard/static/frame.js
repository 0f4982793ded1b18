// What scripts add to every page: the reader's time zone, and parts that follow what happens.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`zone=${zone}`)) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `zone=${zone}; Path=/dashboard; Max-Age=31536000; SameSite=Lax${secure}`;
}

// <section data-live="URL" data-every="2000"> is replaced by what URL answers, again and again,
// until the answer says that nothing will change any more (header X-Live: done). What is in it with
// data-say="words" is said to screen readers, by the element whose id data-voice names.
const REACHED = "a[href], button, summary, [tabindex]"; // by keyboard
const LONGEST = 30_000; // milliseconds between two looks while the service does not answer

// Tokens of forms are new each time; what else is as it was stays, with what the reader opened and
// where the keyboard is.
function renew(part, text) {
  const told = text.replace(/name="csrf_token" value="[^"]*"/g, "");
  if (told === part.seen) return;
  part.seen = told;
  const all = (names) => [...part.querySelectorAll(names)];
  const open = all("details").map((each) => each.open);
  const place = all(REACHED).indexOf(document.activeElement);
  part.innerHTML = text;
  all("details").forEach((each, index) => { each.open = open[index] ?? each.open; });
  if (place >= 0) all(REACHED)[place]?.focus({ preventScroll: true });
  const voice = document.getElementById(part.dataset.voice);
  const said = part.querySelector("[data-say]")?.dataset.say;
  if (voice && said) voice.textContent = said;
}

// Somebody is asked something in it, or reads what opened there: that stays as it is.
const isAsking = (part) => part.contains(document.querySelector(":popover-open"));

async function follow(part) {
  const every = Number(part.dataset.every) || 2000;
  let pause = every;
  if (document.visibilityState === "visible" && !isAsking(part)) {
    try {
      const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" } });
      if (answer.redirected) return; // signed out meanwhile
      if (answer.ok) {
        const text = await answer.text();
        part.failures = 0;
        if (!isAsking(part)) { // it may have been opened while the answer was on its way
          renew(part, text);
          if (answer.headers.get("X-Live") === "done") return;
        }
      } else part.failures = (part.failures ?? 0) + 1;
    } catch {
      part.failures = (part.failures ?? 0) + 1; // as while the service is started anew
    }
    pause = Math.min(LONGEST, every * 2 ** (part.failures ?? 0));
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
