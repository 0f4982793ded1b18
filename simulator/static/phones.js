"use strict";
// The page works without this: it only looks for news, and sends a reply without a reload.
const main = document.getElementById("phones");
const news = document.getElementById("news");
const PAUSE = 1000; // milliseconds between two looks
let version = document.body.dataset.version;
let looking = false;

function localTimes(within) {
  for (const time of within.querySelectorAll("time")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString([], {
      hourCycle: "h23",
      hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
    });
  }
}

// The server escaped every text. What somebody types, and where they have scrolled to, stays.
function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  localTimes(fresh);
  const known = new Map([...main.querySelectorAll(".phone")].map((phone) => [phone.id, phone]));
  const phones = [...fresh.querySelectorAll(".phone")];
  let changed = null;
  const wanted = phones.map((phone) => {
    const old = known.get(phone.id);
    const screens = old && [old, phone].map((each) => each.querySelector(".screen"));
    if (screens && screens[0].innerHTML === screens[1].innerHTML) return old;
    changed = changed || phone;
    if (!old) return phone;
    screens[0].innerHTML = screens[1].innerHTML;
    const replies = [old, phone].map((each) => each.querySelectorAll(".reply option, p.reply").length);
    if (replies[0] !== replies[1]) old.querySelector(".reply").replaceWith(phone.querySelector(".reply"));
    return old;
  });
  arrange(wanted);
  if (changed) {
    const said = changed.querySelector(".text").textContent;
    news.textContent = `New on ${changed.querySelector("h2").textContent}: ${said.slice(0, 80)}`;
  }
}

// A phone in which somebody types stays where it is: moving it would take the focus away.
function arrange(wanted) {
  const busy = main.contains(document.activeElement) ? document.activeElement.closest(".phone") : null;
  const kept = new Set(wanted);
  for (const child of [...main.children]) {
    if (!kept.has(child) && child !== busy) child.remove();
  }
  const place = busy ? wanted.indexOf(busy) : -1;
  if (place < 0) return main.append(...wanted.filter((phone) => phone !== busy));
  for (const phone of wanted.slice(0, place)) main.insertBefore(phone, busy);
  main.append(...wanted.slice(place + 1));
}

async function look() {
  if (looking || document.hidden) return;
  looking = true;
  try {
    const asked = new URLSearchParams({ version, number: document.body.dataset.number });
    const answer = await (await fetch(`/phones/news?${asked}`)).json();
    if (String(answer.version) !== version) {
      version = String(answer.version);
      if (answer.phones) show(answer.phones);
    }
    if (news.dataset.lost) news.textContent = news.dataset.lost = "";
  } catch {
    news.dataset.lost = "yes";
    news.textContent = "The simulator does not answer. This page goes on by itself when it is back.";
  } finally {
    looking = false;
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches(".reply")) return;
  event.preventDefault();
  const sent = new FormData(form, event.submitter);
  const text = sent.get("quick") || sent.get("text");
  if (!text) return form.elements.text.focus();
  const body = JSON.stringify({ from: sent.get("from"), to: sent.get("to"), text });
  try {
    const answer = await fetch("/simulator/inbound", { method: "POST", body });
    if (!answer.ok) throw new Error(answer.status);
    if (!sent.get("quick")) form.elements.text.value = "";
    look();
  } catch {
    news.textContent = "The text was not sent: the simulator did not take it. Try again.";
  }
});

localTimes(document);
setInterval(look, PAUSE);
document.addEventListener("visibilitychange", look);
